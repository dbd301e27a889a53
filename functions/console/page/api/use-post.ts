import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { isKeptCurrent } from '../live/apply-notices.ts';
import type { PostArgs, PostPath } from './client.ts';
import { useConsole } from './console-context.ts';
import { isPassing } from './problem.ts';
import type { Posts } from './schema.ts';

/**
 * Returns a request that changes something. If its outcome is unknown, sending the same again carries the same
 * Idempotency-Key, so that its work is done once. What is on the screen is asked for again afterwards.
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
      // Omit does not give the rest of a conditional type back
      const whole = { ...args, idempotencyKey: last.current.key } as PostArgs<Path>;
      return client.post(path, whole);
    },
    onSettled: (_, error) => {
      if (!isPassing(error)) last.current = undefined;
      void queries.invalidateQueries({ predicate: isKeptCurrent });
    },
  });
};
