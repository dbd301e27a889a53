import { Throttled } from '../errors.ts';
import { GLOBAL_SECONDARY_INDEXES, ITEM_BYTES, WRITE_UNIT_BYTES } from '../limits.ts';
import { epochMs } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { PaceKey, PaceRecord } from './paces-port.ts';

/**
 * Reason of a `Throttled` that no service has caused: the migration's own limit left nothing for the rest of the slice.
 */
export const OWN_LIMIT = 'OwnLimit';

const MS = 1_000;
/**
 * Time that one reservation covers, in ms, unless a single item or page takes more. Ten reservations per second are few
 * for DynamoDB, and a slot is a hundredth of the 10 s over which a limit is measured.
 */
const SLOT_MS = 100;
/** Time after its start in which a slot may be used, in ms. Used later, it would add to the slots of other workers. */
const USABLE_MS = 250;
/**
 * Consecutive missed slots before one is used late. Otherwise a machine that is too slow for its slots would never
 * proceed.
 */
const MAX_UNUSED_SLOTS = 3;
/**
 * Maximum time ahead for which slots are reserved, in ms. A change of the limit takes effect after this time at the
 * latest.
 */
const RESERVE_AHEAD_MS = 1_000;
/** Maximum time ahead, in ms, up to which a worker with a right clock books capacity, unless it books a debt. */
const MAX_BOOKED_MS = 10 * RESERVE_AHEAD_MS;
/** Units of the largest item in a table with the maximum number of indexes: the most that one call can owe. */
const MAX_DEBT_UNITS = (ITEM_BYTES / WRITE_UNIT_BYTES) * (1 + GLOBAL_SECONDARY_INDEXES);
/** Maximum pause between two polls of a record that is booked too far ahead, in ms. */
const POLL_MS = 1_000;
/** Maximum pause after another worker has changed the record first, in ms. */
const CONFLICT_MS = 20;
/** Rounding error of adding and subtracting units. */
const EPSILON = 1e-6;

/** Waits for a call. @returns undefined if the migration's own limit delayed it until the end of the slice */
export const undefinedIfLimited = async <T>(call: Promise<T>): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Throttled && error.reasons.includes(OWN_LIMIT)) return undefined;
    throw error;
  }
};

/** The work that a pacer delays. */
export interface PacedWork {
  /** Waits, and keeps alive what the work needs in the meantime, such as its claim. */
  wait(ms: number): Promise<void>;
  /** Time on the monotonic clock beyond which the pacer does not wait, in ms. */
  readonly deadline?: number;
}

/**
 * Limits all workers of a migration together to a number of capacity units per second, so that the tenant and its
 * neighbours in a shared table keep the rest. A record that the workers change by compare-and-set divides time into
 * consecutive slots. A worker reserves a slot, waits for its start, and only then makes its calls. Usage beyond the
 * estimate is added to the worker's next slot, or to the record when its work ends. So in any 10 s the workers use at
 * most the limit, 5 % and one item.
 *
 *     now                                 until
 *      |  A  |  B  |  A  |  C's debt  |  C  |
 *
 * Each reservation moves `until` of the record. Worker C makes its calls once its debt is over.
 */
export class Pacer {
  readonly #ports: Pick<Ports, 'clock' | 'random' | 'paces'>;
  readonly #key: PaceKey;
  readonly #work: PacedWork;
  #unitsPerSecond: number | undefined;
  /** Units of the current slot that are not used yet; negative for a debt. */
  #left = 0;
  #beginsAt = 0;
  #lastTake: Promise<unknown> = Promise.resolve();

  constructor(ports: Pick<Ports, 'clock' | 'random' | 'paces'>, key: PaceKey, work: PacedWork) {
    this.#ports = ports;
    this.#key = key;
    this.#work = work;
  }

  /** @param unitsPerSecond limit in capacity units per second over all workers from now on; undefined for no limit. */
  limitTo(unitsPerSecond: number | undefined): void {
    if (this.#unitsPerSecond === undefined || unitsPerSecond === undefined) this.#left = 0;
    this.#unitsPerSecond = unitsPerSecond;
  }

  /** Limit in capacity units per second over all workers; undefined without a limit. */
  get unitsPerSecond(): number | undefined {
    return this.#unitsPerSecond;
  }

  get isLimited(): boolean {
    return this.#unitsPerSecond !== undefined;
  }

  /** Maximum units of one call, unless a single item takes more; infinite without a limit. */
  get unitsPerCall(): number {
    return this.#unitsPerSecond === undefined
      ? Number.POSITIVE_INFINITY
      : (this.#unitsPerSecond * SLOT_MS) / MS;
  }

  /**
   * Waits until this many units may be used. Callers are served one at a time.
   * @throws Throttled if that is after the deadline
   */
  take(units: number): Promise<void> {
    const taken = this.#lastTake.then(() => this.#take(units));
    this.#lastTake = taken.catch(() => undefined);
    return taken;
  }

  /** Corrects the reserved units of a call by the units that it has used. */
  correctUnits(taken: number, used: number): void {
    if (this.isLimited) this.#left += taken - used;
  }

  /** Gives back the rest of the slot, or adds the debt, for which other workers then wait. */
  async end(): Promise<void> {
    await this.#lastTake;
    const units = this.#isUsable() ? this.#left : Math.min(this.#left, 0);
    this.#left = 0;
    for (let limit = this.#unitsPerSecond; limit !== undefined && Math.abs(units) > EPSILON; ) {
      const found = await this.#ports.paces.current(this.#key);
      const until = epochMs(this.#bookedUntil(found, limit) - (units / limit) * MS);
      if (await this.#ports.paces.replace(this.#key, found, { until, unitsPerSecond: limit })) return;
      await this.#ports.clock.sleep(this.#ports.random() * CONFLICT_MS);
      limit = this.#unitsPerSecond;
    }
  }

  async #take(units: number): Promise<void> {
    for (let unused = 0; this.isLimited; unused += 1) {
      if (!this.#isUsable()) this.#left = Math.min(this.#left, 0);
      if (this.#left >= units - EPSILON) break;
      const slotUnits = Math.max(units, this.unitsPerCall) - this.#left;
      await this.#reserve(slotUnits, Math.max(-this.#left, 0));
      if (this.#isUsable() || unused >= MAX_UNUSED_SLOTS) {
        this.#left += slotUnits;
        break;
      }
      // the slot has paid the debt
      this.#left = 0;
    }
    if (this.isLimited) this.#left -= units;
  }

  #isUsable(): boolean {
    return this.#ports.clock.now() - this.#beginsAt <= USABLE_MS;
  }

  /** Reserves a slot of these units and waits until its part for the debt is over. */
  async #reserve(units: number, debtUnits: number): Promise<void> {
    const { clock, random, paces } = this.#ports;
    for (let limit = this.#unitsPerSecond; limit !== undefined; limit = this.#unitsPerSecond) {
      const found = await paces.current(this.#key);
      const from = this.#bookedUntil(found, limit);
      const ahead = from - clock.now() - RESERVE_AHEAD_MS;
      if (ahead > 0) {
        await this.#wait(Math.min(ahead, POLL_MS) + random() * CONFLICT_MS, ahead);
        continue;
      }
      const until = epochMs(from + (units / limit) * MS);
      if (await paces.replace(this.#key, found, { until, unitsPerSecond: limit })) {
        this.#beginsAt = from + (debtUnits / limit) * MS;
        const left = this.#beginsAt - clock.now();
        if (left > 0) await this.#wait(left);
        return;
      }
      await clock.sleep(random() * CONFLICT_MS);
    }
  }

  /**
   * Returns the time up to which capacity is assigned. Units assigned at another limit are converted to time at this
   * one. A time further ahead than the largest debt was written by a worker with a wrong clock, and is ignored.
   */
  #bookedUntil(found: PaceRecord | undefined, limit: number): number {
    const now = this.#ports.clock.now();
    const ahead = found ? (Math.max(0, found.until - now) * found.unitsPerSecond) / limit : 0;
    return ahead > MAX_BOOKED_MS + (MAX_DEBT_UNITS / limit) * MS ? now : now + ahead;
  }

  /**
   * Waits for a time in ms.
   * @param atLeast the time after which the caller can make its call at the earliest, in ms.
   * @throws Throttled if that is after the deadline
   */
  async #wait(ms: number, atLeast = ms): Promise<void> {
    const { deadline = Number.POSITIVE_INFINITY } = this.#work;
    if (this.#ports.clock.monotonic() + atLeast > deadline)
      throw new Throttled(
        `the limit of ${this.#unitsPerSecond} units per second leaves nothing for this step before its end; the next slice continues`,
        [OWN_LIMIT],
      );
    await this.#work.wait(ms);
  }
}
