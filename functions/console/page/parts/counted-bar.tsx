import { useCountedNames } from '../api/use-counted-names.ts';
import { ShareBar } from './share-bar.tsx';

interface CountedBarProps {
  readonly used: number;
  /** Null for no limit. */
  readonly limit: number | null;
}

/** A tenant's counted items, such as schools, as a share of its tier's limit. */
export const CountedBar = ({ used, limit }: CountedBarProps) => {
  const { label, labels } = useCountedNames();
  return <ShareBar used={used} limit={limit} unit={(limit ?? used) === 1 ? label : labels} />;
};
