import { BatchWriter } from '../batch-writer.ts';
import { SegmentClaimed } from '../errors.ts';
import type { Migration } from '../migration.ts';
import { epochMs, type SegmentNumber, type TableName } from '../names.ts';
import type { CopyProgress, Ports } from '../ports.ts';
import type { Claim } from '../segment.ts';

/** The share of a claim in which its holder writes; the rest is for a call on its way and for clocks that differ. */
const WRITING_SHARE = 0.75;
/** The share of a claim after which it is time to renew it. */
const RENEWAL_SHARE = 0.4;

export interface Claimed {
  readonly writer: BatchWriter;
  /** Whether the claim should be renewed before going on. */
  isDue(): boolean;
  /** Saves progress, which renews the claim. What it reports must have been flushed. @throws SegmentClaimed */
  progress(done: CopyProgress): Promise<void>;
}

/**
 * Runs work that writes a segment of the target. Its writer stops before the claim is over, so a worker that was cut
 * off, or frozen and thawed, never writes beside its successor or beside a roll-back.
 * @throws SegmentClaimed where another worker has the segment, or the work came to the claim's end.
 * @throws Conflict where the migration has moved on.
 */
export const underClaim = async <T>(
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  table: TableName,
  work: (claimed: Claimed) => Promise<T>,
): Promise<T> => {
  const { clock, segments, settings } = ports;
  const worker = ports.newId();
  const over = new AbortController();
  let renewed = 0;
  let timer: NodeJS.Timeout | undefined;
  const end = () =>
    over.abort(new SegmentClaimed(`segment ${number}: the work came to its claim's end; it is tried again`));
  const hold = async (take: (claim: Claim) => Promise<void>) => {
    // the claim counts from before it was asked for
    const asked = clock.now();
    await take({ worker, until: epochMs(asked + settings.claimMs) });
    renewed = asked;
    clearTimeout(timer);
    timer = setTimeout(end, Math.max(0, settings.claimMs * WRITING_SHARE - (clock.now() - asked)));
  };
  const check = () => {
    if (clock.now() - renewed >= settings.claimMs * WRITING_SHARE) end();
    over.signal.throwIfAborted();
  };
  await hold((claim) => segments.claim(migration, number, claim, clock.now()));
  const writer = new BatchWriter(ports, ports.partition(migration.tenantId), table, {
    signal: over.signal,
    check,
  });
  try {
    return await work({
      writer,
      isDue: () => clock.now() - renewed >= settings.claimMs * RENEWAL_SHARE,
      progress: (done) => hold((claim) => segments.progress(migration.migrationId, number, claim, done)),
    });
  } finally {
    await writer.settle();
    clearTimeout(timer);
    await segments.release(migration.migrationId, number, worker);
  }
};
