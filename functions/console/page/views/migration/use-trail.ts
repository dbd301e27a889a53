import { type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query';
import { useConsole } from '../../api/console-context.ts';
import { isPassing } from '../../api/problem.ts';
import type { Event } from '../../api/schema.ts';
import { useLiveState } from '../../live/live.tsx';
import { joinedTrail } from './trail.ts';

const PATH = '/migrations/{migrationId}/events';
/** While the stream is lost the page asks so often, in ms. */
const POLL_MS = 2_000;
const TRIES = 2;

/** Reads the audit trail of a migration, oldest first. An event is read once: later only those after it are asked for. */
export const useTrail = (migrationId: string): UseQueryResult<readonly Event[]> => {
  const { client } = useConsole();
  const queries = useQueryClient();
  const isLive = useLiveState() === 'live';
  const args = { params: { migrationId } };
  const queryKey = [PATH, args, 'trail'];
  return useQuery<readonly Event[]>({
    queryKey,
    queryFn: async ({ signal }) => {
      const known = queries.getQueryData<readonly Event[]>(queryKey) ?? [];
      // with the last one that is known, to see that it still is the last of as many
      const after = Math.max(0, known.length - 1);
      const { value } = await client.get(PATH, { ...args, query: { after } }, signal);
      const joined = joinedTrail(known, value.events);
      return joined ?? (await client.get(PATH, args, signal)).value.events;
    },
    refetchInterval: isLive ? false : POLL_MS,
    structuralSharing: false,
    retry: (failures, error) => isPassing(error) && failures < TRIES,
  });
};
