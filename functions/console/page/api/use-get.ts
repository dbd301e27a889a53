import {
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { useLiveState } from '../live/live.tsx';
import type { ApiAnswer, GetArgs, GetPath } from './client.ts';
import { useConsole } from './console-context.ts';
import { isPassing } from './problem.ts';
import type { Gets } from './schema.ts';

/** Interval at which the page polls while the stream is lost, in ms, unless a document has its own. */
const POLL_MS = 2_000;
const TRIES = 2;

export interface Freshness {
  /**
   * Interval at which the document is polled while the stream is live, in ms, for data that changes without an event,
   * such as progress.
   */
  readonly everyMs?: number;
  /** Interval at which the document is polled while the stream is lost, in ms. */
  readonly pollMs?: number;
  /** False for a document that is not wanted yet. */
  readonly enabled?: boolean;
  /** False for a document that never changes, or that is too costly to read without a click. */
  readonly isLive?: boolean;
}

export type Got<Path extends GetPath> = ApiAnswer<Gets[Path]['answer']>;

const useInterval = ({ everyMs, pollMs = POLL_MS, isLive = true }: Freshness): number | false => {
  const state = useLiveState();
  if (!isLive) return false;
  if (state === 'live') return everyMs ?? false;
  return Math.min(everyMs ?? pollMs, pollMs);
};

/**
 * True if a query was for the same subject with another filter. Its rows stay until the new ones have arrived. Data of
 * another tenant or migration must never be shown in place of the requested one.
 */
const isOfSame = (key: readonly unknown[] | undefined, path: string, { params }: { params?: object }) => {
  const [before, args] = key ?? [];
  const held = typeof args === 'object' && args !== null && 'params' in args ? args.params : undefined;
  return before === path && JSON.stringify(held) === JSON.stringify(params);
};

/** Reads a document of the API and keeps it current. Unchanged data is neither sent nor drawn again. */
export const useGet = <Path extends GetPath>(
  path: Path,
  args: GetArgs<Path>,
  freshness: Freshness = {},
): UseQueryResult<Got<Path>> => {
  const { client } = useConsole();
  const { enabled = true, isLive = true } = freshness;
  return useQuery<Got<Path>>({
    queryKey: [path, args],
    queryFn: ({ signal }) => client.get(path, args, signal),
    enabled,
    meta: { isLive },
    refetchInterval: useInterval(freshness),
    // the client returns the same object for unchanged data
    structuralSharing: false,
    placeholderData: (before, query) => (isOfSame(query?.queryKey, path, args) ? before : undefined),
    ...(isLive ? {} : { staleTime: Number.POSITIVE_INFINITY }),
    retry: (failures, error) => isPassing(error) && failures < TRIES,
  });
};

/** Paths whose answers are pages of a list. */
export type ListPath = {
  [Path in GetPath]: Gets[Path]['answer'] extends { readonly cursor: string | null } ? Path : never;
}[GetPath];

/** Reads a list page by page: `fetchNextPage` reads the next one. */
export const useList = <Path extends ListPath>(
  path: Path,
  args: GetArgs<Path>,
  freshness: Freshness = {},
): UseInfiniteQueryResult<readonly Got<Path>[]> => {
  const { client } = useConsole();
  return useInfiniteQuery({
    queryKey: [path, args, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      client.get(
        path,
        pageParam === undefined ? args : { ...args, query: { ...args.query, cursor: pageParam } },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ value }: Got<Path>) => value.cursor ?? undefined,
    select: ({ pages }) => pages,
    enabled: freshness.enabled ?? true,
    refetchInterval: useInterval(freshness),
    structuralSharing: false,
    placeholderData: (before, query) => (isOfSame(query?.queryKey, path, args) ? before : undefined),
    retry: (failures, error) => isPassing(error) && failures < TRIES,
  });
};
