import type { Slice } from '../clock-port.ts';
import { Throttled } from '../errors.ts';
import { QUERY_PAGE_BYTES, READ_UNIT_BYTES } from '../limits.ts';
import type { Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { OWN_LIMIT, Pacer } from './pacer.ts';
import { retryPauseMs } from './retry-pause.ts';

/** Maximum number of tries of one throttled page without a deadline. With one, the page is tried again until then. */
const TRIES = 10;
/**
 * Minimum read units per second for a survey that reads a segment again as a whole. With it, eight concurrent segments
 * of 15 MB end within their slices; with a lower limit they would never end.
 */
export const WHOLE_SEGMENTS_UNITS_PER_SECOND = 700;
/**
 * Read units of the largest page. Below this many units per second a page has fewer items, so that it takes about a
 * second.
 */
const MAX_PAGE_UNITS = QUERY_PAGE_BYTES / READ_UNIT_BYTES;
/**
 * Share of a second's limit that the first page takes if its items are of one unit each. The items' sizes are not known
 * yet, and eight workers start together.
 */
const FIRST_PAGE_SHARE = 1 / 8;
/** Time between two readings of the operator's limit, in ms. */
const LIMIT_POLL_MS = 5_000;

interface PacedReadsOptions {
  /** Read units per second below which no limit is applied. */
  readonly atLeast?: number;
  /** True to start no page after the slice's deadline, as a resumable pass needs it. */
  readonly endWithSlice?: boolean;
}

/** The pacer of one table, and the usage of its latest page. */
interface PacedTable {
  readonly pacer: Pacer;
  /** Time that reads have waited for the limit, in ms. */
  waitedMs: number;
  lastUnits: number;
  unitsPerItem?: number;
}

type ReadPorts = Pick<Ports, 'clock' | 'random' | 'settings' | 'paces' | 'migrations'>;

/**
 * Reads of one worker of a migration. For each table, the reads of all workers stay below a share of a partition's
 * throughput, so that the tenant's own reads keep the rest. A page that DynamoDB throttles is read again after growing
 * pauses.
 */
export class PacedReads {
  readonly #ports: ReadPorts;
  readonly #migration: Migration | undefined;
  readonly #deadline: number | undefined;
  readonly #atLeast: number;
  readonly #endWithSlice: boolean;
  readonly #tables = new Map<TableName, PacedTable>();
  #polledAt = Number.NEGATIVE_INFINITY;

  /**
   * @param migration absent to apply no limit and only retry throttled pages.
   * @param slice ends the retries of a throttled page; absent to give up after a number of tries.
   */
  constructor(
    ports: ReadPorts,
    migration: Migration | undefined,
    slice?: Slice,
    { atLeast = 0, endWithSlice = false }: PacedReadsOptions = {},
  ) {
    this.#ports = ports;
    this.#migration = migration;
    this.#deadline = slice?.deadline;
    this.#atLeast = atLeast;
    this.#endWithSlice = endWithSlice;
  }

  /**
   * Reads one page of the tenant's partition in this table.
   * @param read called with the maximum number of items to read.
   * @param most maximum number of items that the caller would read.
   * @throws Throttled after the deadline, or after ten tries without one
   */
  async page<Page extends { readonly units: number }>(
    table: TableName,
    read: (items: number) => Promise<Page>,
    most = Number.POSITIVE_INFINITY,
  ): Promise<Page> {
    const paced = this.#of(table);
    if (!paced) return this.backingOff(() => read(most));
    if (this.#endWithSlice && this.#isOver())
      throw new Throttled('the slice has ended; the next one continues', [OWN_LIMIT]);
    await this.#askLimit();
    const { items, units } = this.#nextPage(paced, most);
    const asked = this.#ports.clock.monotonic();
    await paced.pacer.take(units);
    paced.waitedMs += this.#ports.clock.monotonic() - asked;
    const page = await this.backingOff(() => read(items));
    // usage beyond the estimate is charged to the next page
    paced.pacer.correctUnits(units, page.units);
    paced.lastUnits = Math.max(1, page.units);
    if (Number.isFinite(items)) paced.unitsPerItem = paced.lastUnits / items;
    return page;
  }

  /**
   * Time for which the limit has delayed these reads, in ms, of the table that waited longest: tables wait
   * concurrently.
   */
  get waitedMs(): number {
    return Math.max(0, ...[...this.#tables.values()].map(({ waitedMs }) => waitedMs));
  }

  /** Reads again after growing pauses as long as DynamoDB throttles. */
  async backingOff<Page>(read: () => Promise<Page>): Promise<Page> {
    const { clock, random } = this.#ports;
    for (let tries = 1; ; tries += 1) {
      try {
        return await read();
      } catch (error) {
        const isOver = this.#deadline === undefined ? tries >= TRIES : this.#isOver();
        if (!(error instanceof Throttled) || isOver) throw error;
        await clock.sleep(retryPauseMs(tries, random));
      }
    }
  }

  /** Gives back what is left of a table's reservation, or records what its reads owe. */
  async end(table: TableName): Promise<void> {
    await this.#tables.get(table)?.pacer.end();
  }

  #isOver(): boolean {
    return this.#deadline !== undefined && this.#ports.clock.monotonic() >= this.#deadline;
  }

  /** Returns the maximum number of items of the next page, and its expected units. */
  #nextPage({ lastUnits, unitsPerItem, pacer }: PacedTable, most: number): { items: number; units: number } {
    const { unitsPerSecond } = pacer;
    if (unitsPerSecond === undefined || unitsPerSecond >= MAX_PAGE_UNITS)
      return { items: most, units: lastUnits };
    const fitting =
      unitsPerItem === undefined ? unitsPerSecond * FIRST_PAGE_SHARE : unitsPerSecond / unitsPerItem;
    const items = Math.min(most, Math.max(1, Math.floor(fitting)));
    return { items, units: Math.max(1, items * (unitsPerItem ?? 1)) };
  }

  #of(table: TableName): PacedTable | undefined {
    if (!this.#migration) return undefined;
    const found = this.#tables.get(table);
    if (found) return found;
    const { clock } = this.#ports;
    const pacer = new Pacer(
      this.#ports,
      { migrationId: this.#migration.migrationId, kind: 'read', table },
      {
        wait: (ms) => clock.sleep(ms),
        deadline: this.#deadline,
      },
    );
    pacer.limitTo(this.#limitOf(this.#migration));
    const paced: PacedTable = { pacer, waitedMs: 0, lastUnits: 1 };
    this.#tables.set(table, paced);
    return paced;
  }

  async #askLimit(): Promise<void> {
    const { clock, migrations } = this.#ports;
    if (clock.monotonic() - this.#polledAt < LIMIT_POLL_MS || !this.#migration) return;
    const isFirst = this.#polledAt === Number.NEGATIVE_INFINITY;
    this.#polledAt = clock.monotonic();
    // the step has just read the migration
    const now = isFirst ? this.#migration : await migrations.get(this.#migration.migrationId);
    if (!now) return;
    for (const { pacer } of this.#tables.values()) pacer.limitTo(this.#limitOf(now));
  }

  /**
   * Returns the read units per second in each table over all workers: the operator's limit, or the deployment's share.
   */
  #limitOf({ readUnitsPerSecond }: Migration): number {
    return Math.max(readUnitsPerSecond ?? this.#ports.settings.readUnitsPerSecond, this.#atLeast);
  }
}
