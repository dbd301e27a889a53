import { BatchWriter } from './batch-writer.ts';
import { noteLateCalls } from './late-calls.ts';
import { epochMs, type MigrationId, type TableName, type TenantId } from './names.ts';
import { Pacer } from './pacer.ts';
import type { Ports } from './ports.ts';
import type { Claim } from './segment.ts';

/** The share of a claim in which its holder writes; the rest is for a call on its way and for clocks that differ. */
const WRITING_SHARE = 0.75;
/** The share of a claim after which it is time to renew it. */
const RENEWAL_SHARE = 0.4;

/** A right to write a part of the tenant's partition in one table, which one worker at a time can have. */
export interface Right {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly table: TableName;
  /** The claim that some worker has, or never gave back. */
  current(): Promise<Claim | undefined>;
  /** Takes the claim, instead of exactly the one that has run out if there is one, or renews it. */
  take(claim: Claim, ranOut?: Claim): Promise<void>;
  release(worker: string): Promise<void>;
  /** Write units a second that may be used from now on; absent for no limit. Asked again while it holds writes back. */
  limit(): Promise<number | undefined>;
  /** What is thrown when the claim has run out while the work still runs. */
  over(): Error;
}

export interface Claimed {
  readonly writer: BatchWriter;
  /** How fast the writer may write from now on, in write units a second. */
  limitTo(unitsPerSecond: number | undefined): void;
  /** Whether the claim should be renewed before going on. */
  isDue(): boolean;
  /** Renews the claim by a call that takes it again. What that call reports as done must have been flushed. */
  renew(take: (claim: Claim) => Promise<void>): Promise<void>;
}

/**
 * Runs work that writes under a claim. Its writer stops before the claim is over, so a worker that was cut off, or frozen
 * and thawed, never begins a write beside its successor or beside a roll-back. A write that it has given up may still take
 * effect: that is noted before the claim is given back, and for a worker that died with its claim before it is taken over.
 * @throws what `take` throws where another worker has the claim; `over()` where the work came to the claim's end.
 */
export const underClaim = async <T>(
  ports: Ports,
  right: Right,
  work: (claimed: Claimed) => Promise<T>,
): Promise<T> => {
  const { clock, settings } = ports;
  const worker = ports.newId();
  const ended = new AbortController();
  let renewed = 0;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const end = () => {
    isOver = true;
    ended.abort(right.over());
  };
  const hold = async (take: (claim: Claim) => Promise<void>) => {
    // the claim counts from before it was asked for
    const asked = clock.now();
    await take({ worker, until: epochMs(asked + settings.claimMs) });
    renewed = asked;
    clearTimeout(timer);
    timer = setTimeout(end, Math.max(0, settings.claimMs * WRITING_SHARE - (clock.now() - asked)));
  };
  const hasEnded = () => {
    if (!isOver && clock.now() - renewed >= settings.claimMs * WRITING_SHARE) end();
    return isOver;
  };
  const check = () => {
    if (hasEnded()) throw ended.signal.reason;
  };
  // The SDK reads `aborted` right before it sends, behind the signature: a worker that was suspended since it asked `check`
  // would send a request that is signed anew, however late.
  const signal = Object.defineProperty(ended.signal, 'aborted', { get: hasEnded });
  const renew = async (take: (claim: Claim) => Promise<void>) => {
    // one that has run out is lost, also where nobody has it: somebody may have had it in between
    check();
    await hold(take);
  };
  const isDue = () => clock.now() - renewed >= settings.claimMs * RENEWAL_SHARE;
  const ranOut = await right.current();
  if (ranOut && ranOut.until <= clock.now()) await noteLateCalls(ports, right.migrationId, ranOut.until);
  await hold((claim) => right.take(claim, ranOut));
  const pacer = new Pacer(clock);
  const pace = async () => {
    while (pacer.waitMs > 0) {
      await clock.sleep(Math.min(pacer.waitMs, (settings.claimMs * RENEWAL_SHARE) / 2), ended.signal);
      if (!isDue()) continue;
      await renew(right.take);
      pacer.limitTo(await right.limit());
    }
  };
  const writer = new BatchWriter(ports, ports.partition(right.tenantId), right.table, {
    signal,
    check,
    pace,
    spend: (units) => pacer.spend(units),
  });
  try {
    pacer.limitTo(await right.limit());
    return await work({ writer, limitTo: (limit) => pacer.limitTo(limit), isDue, renew });
  } finally {
    await writer.settle();
    clearTimeout(timer);
    // if this fails the claim is never given back, and whoever takes it over notes the same
    if (writer.unansweredAt !== undefined) await noteLateCalls(ports, right.migrationId, writer.unansweredAt);
    await right.release(worker);
  }
};
