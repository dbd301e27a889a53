import { useCallback, useEffect, useRef, useState } from 'react';
import { type SteerResult, useAction } from '../../parts/use-action.ts';
import { type Limit, limitWords } from './limit-stops.ts';

/** Time after the last move of a slider in which nothing is sent yet, in ms: a drag is one change. */
const DEBOUNCE_MS = 400;

interface LimitControl {
  /** The limit as the operator has it, which may be on its way. */
  readonly shown: Limit;
  readonly isPending: boolean;
  readonly error: unknown;
  choose(limit: Limit): void;
}

/** A limit that acts at once: a change is sent once the slider rests. */
export const useLimit = (kind: 'read' | 'write', current: Limit, steered: SteerResult): LimitControl => {
  const [draft, setDraft] = useState<Limit>();
  const { actAsync, isPending, error } = useAction(steered);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (draft === current) setDraft(undefined);
  }, [draft, current]);
  const send = useRef<(limit: Limit) => void>(() => undefined);
  send.current = (limit) => {
    const reason = `set to ${limitWords(limit, kind)} by the console’s slider`;
    const change = kind === 'write' ? { writeUnitsPerSecond: limit } : { readUnitsPerSecond: limit };
    actAsync('limit', { reason, ...change }).catch(() => setDraft(undefined));
  };
  const choose = useCallback((limit: Limit) => {
    setDraft(limit);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => send.current(limit), DEBOUNCE_MS);
  }, []);
  return { shown: draft ?? current, isPending, error, choose };
};
