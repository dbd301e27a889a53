import type { Figures, Migration } from '../../api/schema.ts';
import { isClosed, isUndone } from '../../parts/migration-status.tsx';
import { type Counter, rateOver, type Sample } from './samples.ts';

/** The pass over the tenant's items that a status is about. */
export interface Pass {
  readonly counter: Counter;
  /** Says what has been done with the items: `Copied`. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Items a second; undefined while it is not known. */
  readonly rate: number | undefined;
  /** Time left in ms; undefined while it is not known, or the pass does not go on. */
  readonly leftMs: number | undefined;
}

/** Time over which a rate is averaged, in ms: DynamoDB's throughput varies from second to second. */
export const RATE_MS = 30_000;
const MS = 1_000;

type PassName = Exclude<keyof Figures['items'], 'total'> | 'discarded';
interface Words {
  readonly name: PassName;
  readonly label: string;
  readonly counter: Counter;
}

const WORDS = {
  surveyed: { name: 'surveyed', label: 'Surveyed', counter: 'surveyed' },
  copied: { name: 'copied', label: 'Copied', counter: 'copied' },
  compared: { name: 'compared', label: 'Compared', counter: 'compared' },
  verified: { name: 'verified', label: 'Verified', counter: 'compared' },
  cleaned: { name: 'cleaned', label: 'Cleaned up', counter: 'cleaned' },
  discarded: { name: 'discarded', label: 'Copies deleted', counter: 'discarded' },
} as const satisfies Readonly<Record<PassName, Words>>;

const wordsFor = (status: Migration['status']): Words => {
  if (isUndone(status)) return WORDS.discarded;
  switch (status) {
    case 'queued':
    case 'planning':
    case 'provisioning':
      return WORDS.surveyed;
    case 'catchingUp':
      return WORDS.compared;
    case 'cuttingOver':
    case 'holding':
    case 'completed':
      return WORDS.verified;
    case 'cleaningUp':
      return WORDS.cleaned;
    default:
      return WORDS.copied;
  }
};

/** Returns how far the present pass has come, how fast it is, and how long it still takes. */
export const passOf = (
  { status, paused }: Pick<Migration, 'status' | 'paused'>,
  { items, itemsDiscarded }: Pick<Figures, 'items' | 'itemsDiscarded'>,
  samples: readonly Sample[],
): Pass => {
  const { name, label, counter } = wordsFor(status);
  // a rollback deletes what was copied
  const total = name === 'discarded' ? items.copied : items.total;
  const done = name === 'discarded' ? Math.min(itemsDiscarded, total) : items[name];
  const rate = isClosed(status) ? undefined : rateOver(samples, counter, RATE_MS);
  const isRunning = !paused && rate !== undefined && rate > 0 && done < total;
  return { counter, label, done, total, rate, leftMs: isRunning ? ((total - done) / rate) * MS : undefined };
};
