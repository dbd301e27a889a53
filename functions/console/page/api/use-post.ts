import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { isKeptCurrent } from '../live/apply-events.ts';
import type { PostArgs, PostPath } from './client.ts';
import { useConsole } from './console-context.ts';
import { isPassing } from './problem.ts';
import type { Posts } from './schema.ts';

/**
 * Returns a function that sends a request which changes something. If its outcome is unknown, sending the same again
 * uses the same Idempotency-Key, so that the work is done once. Afterwards the data on the screen is read again.
 */
export const usePost = <Path extends PostPath>(
  path: Path,
): UseMutationResult<Posts[Path]['answer'], Error, Omit<PostArgs<Path>, 'idempotencyKey'>> => {
  const { client } = useConsole();
  const queries = useQueryClient();
  const last = useRef<{ readonly request: string; readonly key: string }>(undefined);
  return useMutation<Posts[Path]['answer'], Error, Omit<PostArgs<Path>, 'idempotencyKey'>>({
    mutationFn: (args) => {
      const request = JSON.stringify(args);
      if (last.current?.request !== request) last.current = { request, key: crypto.randomUUID() };
      // Omit does not return the rest of a conditional type
      const whole = { ...args, idempotencyKey: last.current.key } as PostArgs<Path>;
      return client.post(path, whole);
    },
    onSettled: (_, error) => {
      if (!isPassing(error)) last.current = undefined;
      void queries.invalidateQueries({ predicate: isKeptCurrent });
    },
  });
};
