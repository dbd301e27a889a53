import SpaceBetween from '@cloudscape-design/components/space-between';
import type { UseQueryResult } from '@tanstack/react-query';
import { type ReactNode, useDeferredValue } from 'react';
import { isPassing } from '../api/problem.ts';
import { ProblemAlert } from './problem-alert.tsx';

/** Holds the place of what is being read, so that nothing jumps once it is there. */
export const Skeleton = ({
  lines = 3,
  label = 'Loading',
}: {
  readonly lines?: number;
  readonly label?: string;
}) => (
  <div className="skeleton" role="status">
    <span className="visually-hidden">{label}</span>
    {Array.from({ length: lines }, (_, n) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines never change their order
      <div key={n} className="skeleton-line" aria-hidden="true" />
    ))}
  </div>
);

interface LoadedProps<T> {
  readonly of: Pick<UseQueryResult<T>, 'data' | 'error' | 'refetch'>;
  /** Lines of the skeleton: about as many as the content will have. */
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}

/**
 * Shows what has been read; before that its place, or why it could not be read. An error later keeps what was there; that the
 * server does not answer is said once, by the shell.
 */
export function Loaded<T>({ of: { data, error, refetch }, lines, children }: LoadedProps<T>) {
  // a deferred first drawing is interrupted for input; React draws an answer of a query in one go otherwise
  const isShown = useDeferredValue(data !== undefined);
  if (data === undefined || !isShown)
    return error && data === undefined ? (
      <ProblemAlert error={error} onRetry={() => void refetch()} />
    ) : (
      <Skeleton {...(lines === undefined ? {} : { lines })} />
    );
  if (!error || isPassing(error)) return <>{children(data)}</>;
  return (
    <SpaceBetween size="s">
      <ProblemAlert error={error} onRetry={() => void refetch()} />
      {children(data)}
    </SpaceBetween>
  );
}
