import type { Slice } from '../clock-port.ts';
import { ClaimRanOut, Throttled, Unavailable } from '../errors.ts';
import { epochMs, type MigrationId, type TableName, type TenantId } from '../names.ts';
import { BatchWriter } from '../partition/batch-writer.ts';
import { Pacer } from '../partition/pacer.ts';
import type { Ports } from '../ports.ts';
import type { Claim } from '../segment.ts';
import { recordLateCalls } from './late-calls.ts';

/** Share of a claim in which its holder writes. The rest allows for calls in flight and for clocks that differ. */
const WRITING_SHARE = 0.75;
/** Share of a claim after which it is renewed. */
const RENEWAL_SHARE = 0.4;
/** Share of a claim between two checks while the work waits, and before a renewal without an answer is tried again. */
const CHECK_SHARE = 0.1;

/** The specification of a claim: the exclusive right to write a part of the tenant's partition in one table. */
export interface ClaimSpec {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly table: TableName;
  /** Ends the retries of throttled calls; absent to give up after a number of tries. */
  readonly slice?: Slice | undefined;
  /** Returns the claim that a worker holds, or that was never given back. */
  current(): Promise<Claim | undefined>;
  /** Takes or renews the claim. @param ranOut the expired claim to replace, and no other. */
  take(claim: Claim, ranOut?: Claim): Promise<void>;
  release(worker: string): Promise<void>;
  /**
   * Returns the limit in write units per second over all workers of the migration; undefined for none. Called at each
   * renewal.
   */
  limit(): Promise<number | undefined>;
}

export interface ClaimHandle {
  readonly writer: BatchWriter;
  /** Sets the limit in write units per second over all workers of the migration. */
  limitTo(unitsPerSecond: number | undefined): void;
  /** True if it is time to save progress and to read the operator's requests. */
  isDue(): boolean;
  /**
   * Renews the claim by a call that takes it again. Everything that the call records as done must have been written.
   */
  renew(take: (claim: Claim) => Promise<void>): Promise<void>;
}

/**
 * Runs work that writes under a claim. The writer stops before the claim ends. So a worker that was cut off, or
 * suspended and resumed, never starts a write concurrently with its successor or with a rollback.
 *
 * The claim is renewed as long as the work runs, also while a batch is retried or waits for its slot in the migration's
 * limit: a throttled worker is still alive. A write that was given up may still take effect. Its time is noted before
 * the claim is given back. For a worker that died, it is noted before its claim is taken over.
 * @throws the error of `take` if another worker has the claim.
 * @throws ClaimRanOut if the work reached the end of the claim.
 */
export const runUnderClaim = async <T>(
  ports: Ports,
  right: ClaimSpec,
  work: (claimed: ClaimHandle) => Promise<T>,
): Promise<T> => {
  const { clock, settings } = ports;
  const claim = new HeldClaim(ports, right);
  const ranOut = await right.current();
  if (ranOut && ranOut.until <= clock.now()) await recordLateCalls(ports, right.migrationId, ranOut.until);
  await claim.take((taken) => right.take(taken, ranOut));
  const deadline = right.slice?.deadline;
  const pacer = new Pacer(
    ports,
    { migrationId: right.migrationId, kind: 'write', table: right.table },
    { wait: (ms) => claim.wait(ms), deadline },
  );
  claim.onRenewal = async () => pacer.limitTo(await right.limit());
  const writer = new BatchWriter(ports, ports.partition(right.tenantId), right.table, {
    signal: claim.signal,
    check: () => claim.check(),
    keepAlive: () => claim.beat(),
    pacer,
    deadline,
  });
  let savedAt = clock.now();
  try {
    pacer.limitTo(await right.limit());
    return await work({
      writer,
      limitTo: (limit) => pacer.limitTo(limit),
      isDue: () => clock.now() - savedAt >= settings.claimMs * RENEWAL_SHARE,
      renew: async (take) => {
        await claim.renew(take);
        savedAt = clock.now();
      },
    });
  } finally {
    await writer.finish();
    await claim.end();
    // if this fails, the claim is not given back, and the worker that takes it over notes the time instead
    if (writer.unansweredAt !== undefined)
      await recordLateCalls(ports, right.migrationId, writer.unansweredAt);
    await pacer.end();
    await right.release(claim.worker);
  }
};

/** A claim that its worker holds and renews while it works. */
class HeldClaim {
  readonly worker: string;
  readonly signal: AbortSignal;
  onRenewal: () => Promise<void> = async () => undefined;
  readonly #ports: Pick<Ports, 'clock' | 'settings'>;
  readonly #right: ClaimSpec;
  readonly #ended = new AbortController();
  #renewedAt = 0;
  #endTimer: NodeJS.Timeout | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  #isOver = false;
  #isReleased = false;
  /** Renewals run one at a time, so that an older one does not overtake a newer one. */
  #renewal: Promise<unknown> = Promise.resolve();

  constructor(ports: Pick<Ports, 'clock' | 'settings' | 'newId'>, right: ClaimSpec) {
    this.#ports = ports;
    this.#right = right;
    this.worker = ports.newId();
    // The SDK reads `aborted` right before it sends a request, after signing it. Without this getter, a worker that was
    // suspended after `check` would send a freshly signed request, however late.
    this.signal = Object.defineProperty(this.#ended.signal, 'aborted', { get: () => this.#hasEnded() });
  }

  /** Takes the claim, or renews it, even if it has run out. */
  async take(take: (claim: Claim) => Promise<void>): Promise<void> {
    const { clock, settings } = this.#ports;
    // the claim counts from before the request
    const asked = clock.now();
    await take({ worker: this.worker, until: epochMs(asked + settings.claimMs) });
    this.#renewedAt = asked;
    clearTimeout(this.#endTimer);
    if (this.#isReleased) return;
    const left = settings.claimMs * WRITING_SHARE - (clock.now() - asked);
    this.#endTimer = setTimeout(() => this.#abort(), Math.max(0, left));
    this.#beatAfter(RENEWAL_SHARE);
  }

  /**
   * @throws ClaimRanOut if the claim has run out. It is then lost even if it is free: another worker may have held it
   * in the meantime.
   */
  check(): void {
    if (this.#hasEnded()) throw this.#ended.signal.reason;
  }

  renew(take: (claim: Claim) => Promise<void>): Promise<void> {
    const renewed = this.#renewal.then(async () => {
      this.check();
      await this.take(take);
    });
    this.#renewal = renewed.catch(() => undefined);
    return renewed;
  }

  /**
   * Renews the claim if that is due. A refused renewal is ignored: the claim runs out, or the work gets the error when
   * it saves its progress.
   */
  async beat(): Promise<void> {
    try {
      await this.#renewIfDue();
    } catch (error) {
      const isForNow = error instanceof Throttled || error instanceof Unavailable;
      if (isForNow) this.#beatAfter(CHECK_SHARE);
    }
  }

  /** Waits, and renews the claim in the meantime. @throws the error of a renewal. */
  async wait(ms: number): Promise<void> {
    const { clock, settings } = this.#ports;
    const until = clock.monotonic() + ms;
    for (let left = ms; left > 0; left = until - clock.monotonic()) {
      await clock.sleep(Math.min(left, settings.claimMs * CHECK_SHARE), this.signal);
      await this.#renewIfDue();
    }
  }

  /** Stops renewing, so that the claim can be given back. */
  async end(): Promise<void> {
    this.#isReleased = true;
    clearTimeout(this.#beatTimer);
    await this.#renewal;
    clearTimeout(this.#endTimer);
  }

  async #renewIfDue(): Promise<void> {
    const isDue = () =>
      this.#ports.clock.now() - this.#renewedAt >= this.#ports.settings.claimMs * RENEWAL_SHARE;
    if (this.#isReleased || !isDue()) return;
    const renewed = this.#renewal.then(async () => {
      // another renewal may have finished while this one waited
      if (!isDue()) return;
      this.check();
      await this.take(this.#right.take);
      await this.onRenewal();
    });
    this.#renewal = renewed.catch(() => undefined);
    await renewed;
  }

  #beatAfter(share: number): void {
    clearTimeout(this.#beatTimer);
    if (this.#isReleased) return;
    this.#beatTimer = setTimeout(() => void this.beat(), this.#ports.settings.claimMs * share);
    this.#beatTimer.unref();
  }

  #hasEnded(): boolean {
    const { clock, settings } = this.#ports;
    if (!this.#isOver && clock.now() - this.#renewedAt >= settings.claimMs * WRITING_SHARE) this.#abort();
    return this.#isOver;
  }

  #abort(): void {
    this.#isOver = true;
    this.#ended.abort(
      new ClaimRanOut(
        `the work on ${this.#right.table} reached the end of its claim. The progress that it saved is kept; the step is tried again`,
      ),
    );
  }
}
