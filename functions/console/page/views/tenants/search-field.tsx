import Input from '@cloudscape-design/components/input';
import { useEffect, useRef, useState } from 'react';

/** Time after the last key before a search is sent, in ms. */
const PAUSE_MS = 250;

interface SearchFieldProps {
  readonly value: string;
  /** Stays the same function from one drawing to the next. */
  readonly onSearch: (search: string) => void;
}

/** A search that is sent while it is being typed. */
export const SearchField = ({ value, onSearch }: SearchFieldProps) => {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = wanted;
      onSearch(wanted);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onSearch]);
  return (
    <Input
      type="search"
      value={text}
      placeholder="Id or name"
      autoComplete={false}
      clearAriaLabel="Clear the search"
      onChange={({ detail }) => setText(detail.value)}
    />
  );
};
