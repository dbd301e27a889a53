import { BatchWriter } from './batch-writer.ts';
import { ClaimRanOut, Throttled, Unavailable } from './errors.ts';
import { noteLateCalls } from './late-calls.ts';
import { epochMs, type MigrationId, type TableName, type TenantId } from './names.ts';
import { Pacer } from './pacer.ts';
import type { Ports, Slice } from './ports.ts';
import type { Claim } from './segment.ts';

/** The share of a claim in which its holder writes; the rest is for a call on its way and for clocks that differ. */
const WRITING_SHARE = 0.75;
/** The share of a claim after which it is time to renew it. */
const RENEWAL_SHARE = 0.4;
/** The share of a claim between two looks at it while the work waits, and until a renewal that got no answer is tried again. */
const LOOK_SHARE = 0.1;

/** A right to write a part of the tenant's partition in one table, which one worker at a time can have. */
export interface Right {
  readonly migrationId: MigrationId;
  readonly tenantId: TenantId;
  readonly table: TableName;
  /** Until when throttled calls are tried again; absent to give up after some tries. */
  readonly slice?: Slice | undefined;
  /** The claim that some worker has, or never gave back. */
  current(): Promise<Claim | undefined>;
  /** Takes the claim, instead of exactly the one that has run out if there is one, or renews it. */
  take(claim: Claim, ranOut?: Claim): Promise<void>;
  release(worker: string): Promise<void>;
  /** Write units a second over all workers of the migration; absent for no limit. Asked again whenever the claim is renewed. */
  limit(): Promise<number | undefined>;
}

export interface Claimed {
  readonly writer: BatchWriter;
  /** Write units a second over all workers of the migration from now on. */
  limitTo(unitsPerSecond: number | undefined): void;
  /** True if it is time to save progress and to ask what the operator wants. */
  isDue(): boolean;
  /** Renews the claim by a call that takes it again. What that call reports as done must have been written. */
  renew(take: (claim: Claim) => Promise<void>): Promise<void>;
}

/**
 * Runs work that writes under a claim. Its writer stops before the claim is over, so a worker that was cut off, or frozen
 * and thawed, never begins a write beside its successor or beside a roll-back. While the work goes on its claim is renewed,
 * also while a batch is tried again or a slot of the migration's limit is waited for: a worker that DynamoDB throttles is
 * no dead one. A write that it has given up may still take effect: that is noted before the claim is given back, and for a
 * worker that died with its claim before it is taken over.
 * @throws what `take` throws if another worker has the claim. @throws ClaimRanOut if the work came to the claim's end.
 */
export const underClaim = async <T>(
  ports: Ports,
  right: Right,
  work: (claimed: Claimed) => Promise<T>,
): Promise<T> => {
  const { clock, settings } = ports;
  const claim = new HeldClaim(ports, right);
  const ranOut = await right.current();
  if (ranOut && ranOut.until <= clock.now()) await noteLateCalls(ports, right.migrationId, ranOut.until);
  await claim.take((taken) => right.take(taken, ranOut));
  const deadline = right.slice?.deadline;
  const pacer = new Pacer(
    ports,
    { migrationId: right.migrationId, kind: 'write', table: right.table },
    { wait: (ms) => claim.wait(ms), ...(deadline === undefined ? {} : { deadline }) },
  );
  claim.onRenewal = async () => pacer.limitTo(await right.limit());
  const writer = new BatchWriter(ports, ports.partition(right.tenantId), right.table, {
    signal: claim.signal,
    check: () => claim.check(),
    keepAlive: () => claim.beat(),
    pacer,
    ...(deadline === undefined ? {} : { deadline }),
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
    await writer.settle();
    await claim.end();
    // if this fails the claim is never given back, and whoever takes it over notes the same
    if (writer.unansweredAt !== undefined) await noteLateCalls(ports, right.migrationId, writer.unansweredAt);
    await pacer.end();
    await right.release(claim.worker);
  }
};

/** A claim that its worker has, and renews while it works. */
class HeldClaim {
  readonly worker: string;
  readonly signal: AbortSignal;
  onRenewal: () => Promise<void> = async () => undefined;
  readonly #ports: Pick<Ports, 'clock' | 'settings'>;
  readonly #right: Right;
  readonly #ended = new AbortController();
  #renewedAt = 0;
  #endTimer: NodeJS.Timeout | undefined;
  #beatTimer: NodeJS.Timeout | undefined;
  #isOver = false;
  #isReleased = false;
  /** One renewal at a time: an older one must not overtake a newer one. */
  #renewal: Promise<unknown> = Promise.resolve();

  constructor(ports: Pick<Ports, 'clock' | 'settings' | 'newId'>, right: Right) {
    this.#ports = ports;
    this.#right = right;
    this.worker = ports.newId();
    // The SDK reads `aborted` right before it sends, behind the signature: a worker that was suspended since it asked `check`
    // would send a request that is signed anew, however late.
    this.signal = Object.defineProperty(this.#ended.signal, 'aborted', { get: () => this.#hasEnded() });
  }

  /** Takes the claim, or renews it, whether or not it has run out. */
  async take(take: (claim: Claim) => Promise<void>): Promise<void> {
    const { clock, settings } = this.#ports;
    // the claim counts from before it was asked for
    const asked = clock.now();
    await take({ worker: this.worker, until: epochMs(asked + settings.claimMs) });
    this.#renewedAt = asked;
    clearTimeout(this.#endTimer);
    if (this.#isReleased) return;
    const left = settings.claimMs * WRITING_SHARE - (clock.now() - asked);
    this.#endTimer = setTimeout(() => this.#abort(), Math.max(0, left));
    this.#beatAfter(RENEWAL_SHARE);
  }

  /** @throws ClaimRanOut if it has run out: it is lost then, even if no worker has it, since one may have had it in between. */
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
   * Renews the claim if it is time to. A renewal that is refused is no error here: the claim runs out then, or the work
   * learns the reason when it saves its progress.
   */
  async beat(): Promise<void> {
    try {
      await this.#renewIfDue();
    } catch (error) {
      const isForNow = error instanceof Throttled || error instanceof Unavailable;
      if (isForNow) this.#beatAfter(LOOK_SHARE);
    }
  }

  /** Waits, and renews the claim meanwhile. @throws what a renewal throws */
  async wait(ms: number): Promise<void> {
    const { clock, settings } = this.#ports;
    const until = clock.monotonic() + ms;
    for (let left = ms; left > 0; left = until - clock.monotonic()) {
      await clock.sleep(Math.min(left, settings.claimMs * LOOK_SHARE), this.signal);
      await this.#renewIfDue();
    }
  }

  /** Ends renewing, so that the claim can be given back. */
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
      // it may have been renewed while this renewal waited
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
        `the work on ${this.#right.table} came to the end of its claim. What it had saved stays; the step is tried again`,
      ),
    );
  }
}
