import { Throttled } from './errors.ts';
import { GLOBAL_SECONDARY_INDEXES, ITEM_BYTES, WRITE_UNIT_BYTES } from './limits.ts';
import { type EpochMs, epochMs, type MigrationId, type TableName } from './names.ts';
import type { Ports } from './ports.ts';

/** The reason of a `Throttled` that no service has thrown: the migration's own limit left nothing for the rest of the slice. */
export const OWN_LIMIT = 'OwnLimit';

const MS = 1_000;
/**
 * Time that one reservation covers, in ms, unless a single item or page takes more. Ten reservations a second are few for
 * DynamoDB, and a hundredth of the 10 s over which a limit is judged.
 */
const SLOT_MS = 100;
/** Time after its beginning in which a slot may be used, in ms: later, it would add to the slots of other workers. */
const FRESH_MS = 250;
/** Slots that are missed in a row before one is used late: a machine that is too slow for them would never get on. */
const MISSED_SLOTS = 3;
/** Time ahead for which slots are reserved, in ms. A change of the limit is felt after it at the latest. */
const AHEAD_MS = 1_000;
/** Latest time ahead at which a slot without any debt may end, in ms. */
const MOST_AHEAD_MS = 10 * AHEAD_MS;
/** Units of the largest item in a table with as many indexes as a table may have: the most that one call owes. */
const LARGEST_DEBT_UNITS = (ITEM_BYTES / WRITE_UNIT_BYTES) * (1 + GLOBAL_SECONDARY_INDEXES);
/** Longest pause between two looks at the record while it is booked further ahead than that, in ms. */
const POLL_MS = 1_000;
/** Longest pause after another worker has changed the record first, in ms. */
const CONFLICT_MS = 20;
/** Fractions of a unit that are left by adding and subtracting. */
const EPSILON = 1e-6;

/** Waits for a call. @returns undefined if the migration's own limit held it back until the slice was over */
export const unlessLimited = async <T>(call: Promise<T>): Promise<T | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Throttled && error.reasons.includes(OWN_LIMIT)) return undefined;
    throw error;
  }
};

/** Which units are paced: those read from, or written to, one tenant's partition in one table. */
export interface PaceKey {
  readonly migrationId: MigrationId;
  readonly kind: 'read' | 'write';
  readonly table: TableName;
}

/** Up to when the capacity of one pace has been given away, at so many units a second. `migrationId` + `PACE#kind#table`. */
export interface PaceRecord {
  readonly until: EpochMs;
  readonly unitsPerSecond: number;
}

/** The work's part in being held back by a pacer. */
export interface PacedWork {
  /** Waits, and keeps alive meanwhile what the work needs, such as its claim. */
  wait(ms: number): Promise<void>;
  /** On the monotonic clock: nothing is waited for beyond it. */
  readonly deadline?: number;
}

/**
 * Holds all workers of a migration together to so many capacity units a second, so that neighbours in a shared table, and
 * the tenant itself, keep theirs. Time is divided into slots, one behind the other, by a record that all workers change by
 * compare-and-set: a worker reserves a slot, waits for its beginning, and only then makes its calls. What a call has used
 * beyond its estimate is added to the worker's next slot, or to the record when its work ends. So in any 10 s the workers
 * use the limit, 5 % and one item at most.
 */
export class Pacer {
  readonly #ports: Pick<Ports, 'clock' | 'random' | 'paces'>;
  readonly #key: PaceKey;
  readonly #work: PacedWork;
  #unitsPerSecond: number | undefined;
  /** Units of the current slot that are not used yet; less than 0 for a debt. */
  #left = 0;
  #beginsAt = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(ports: Pick<Ports, 'clock' | 'random' | 'paces'>, key: PaceKey, work: PacedWork) {
    this.#ports = ports;
    this.#key = key;
    this.#work = work;
  }

  /** @param unitsPerSecond capacity units a second from now on, over all workers; absent for no limit. */
  limitTo(unitsPerSecond: number | undefined): void {
    if (this.#unitsPerSecond === undefined || unitsPerSecond === undefined) this.#left = 0;
    this.#unitsPerSecond = unitsPerSecond;
  }

  /** Capacity units a second over all workers; undefined without a limit. */
  get unitsPerSecond(): number | undefined {
    return this.#unitsPerSecond;
  }

  get isLimited(): boolean {
    return this.#unitsPerSecond !== undefined;
  }

  /** Units that one call should not exceed, unless a single item takes more; infinite without a limit. */
  get unitsPerCall(): number {
    return this.#unitsPerSecond === undefined
      ? Number.POSITIVE_INFINITY
      : (this.#unitsPerSecond * SLOT_MS) / MS;
  }

  /** Waits until so many units may be used. One caller at a time. @throws Throttled if that is past the deadline */
  take(units: number): Promise<void> {
    const taken = this.#turn.then(() => this.#take(units));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  /** Corrects what was taken for a call once it is known what the call has used. */
  settle(taken: number, used: number): void {
    if (this.isLimited) this.#left += taken - used;
  }

  /** Gives back what is left of the slot, or adds what is owed, for other workers to wait for. */
  async end(): Promise<void> {
    await this.#turn;
    const units = this.#isFresh() ? this.#left : Math.min(this.#left, 0);
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
    for (let missed = 0; this.isLimited; missed += 1) {
      if (!this.#isFresh()) this.#left = Math.min(this.#left, 0);
      if (this.#left >= units - EPSILON) break;
      const wanted = Math.max(units, this.unitsPerCall) - this.#left;
      await this.#reserve(wanted, Math.max(-this.#left, 0));
      if (this.#isFresh() || missed >= MISSED_SLOTS) {
        this.#left += wanted;
        break;
      }
      // the debt has been paid with the slot
      this.#left = 0;
    }
    if (this.isLimited) this.#left -= units;
  }

  #isFresh(): boolean {
    return this.#ports.clock.now() - this.#beginsAt <= FRESH_MS;
  }

  /** Reserves a slot and waits for its beginning. */
  async #reserve(units: number, owed: number): Promise<void> {
    const { clock, random, paces } = this.#ports;
    for (let limit = this.#unitsPerSecond; limit !== undefined; limit = this.#unitsPerSecond) {
      const found = await paces.current(this.#key);
      const from = this.#bookedUntil(found, limit);
      const ahead = from - clock.now() - AHEAD_MS;
      if (ahead > 0) {
        await this.#wait(Math.min(ahead, POLL_MS) + random() * CONFLICT_MS, ahead);
        continue;
      }
      const until = epochMs(from + (units / limit) * MS);
      if (await paces.replace(this.#key, found, { until, unitsPerSecond: limit })) {
        this.#beginsAt = from + (owed / limit) * MS;
        const left = this.#beginsAt - clock.now();
        if (left > 0) await this.#wait(left);
        return;
      }
      await clock.sleep(random() * CONFLICT_MS);
    }
  }

  /**
   * Units given away at another limit take their share of time at this one. A time that is further ahead than the largest
   * debt was written by a worker whose clock is wrong, and is not waited for.
   */
  #bookedUntil(found: PaceRecord | undefined, limit: number): number {
    const now = this.#ports.clock.now();
    const ahead = found ? (Math.max(0, found.until - now) * found.unitsPerSecond) / limit : 0;
    return ahead > MOST_AHEAD_MS + (LARGEST_DEBT_UNITS / limit) * MS ? now : now + ahead;
  }

  async #wait(ms: number, atLeast = ms): Promise<void> {
    const { deadline = Number.POSITIVE_INFINITY } = this.#work;
    if (this.#ports.clock.monotonic() + atLeast > deadline)
      throw new Throttled(
        `the limit of ${this.#unitsPerSecond} units a second leaves nothing for this step before its end`,
        [OWN_LIMIT],
      );
    await this.#work.wait(ms);
  }
}
