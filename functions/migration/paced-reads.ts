import { Throttled } from './errors.ts';
import { QUERY_PAGE_BYTES, READ_UNIT_BYTES } from './limits.ts';
import type { Migration } from './migration.ts';
import type { TableName } from './names.ts';
import { OWN_LIMIT, Pacer } from './pacer.ts';
import type { Ports, Slice } from './ports.ts';

/** Tries of one throttled page without a deadline; with one it is tried again until then. */
const TRIES = 10;
/** First and longest pause between two tries, in ms; each is drawn between 0 and the bound. */
const PAUSE_MS = { first: 50, longest: 2_000 };
/**
 * Read units a second that a survey has at least for reading a segment once more as a whole: eight segments of 15 MB at once
 * end within their slices. A lower limit would keep it from ever ending.
 */
export const WHOLE_SEGMENTS_UNITS_PER_SECOND = 700;
/** Read units of the largest page. Below so many a second a page has fewer items, so that it takes about a second. */
const LARGEST_PAGE_UNITS = QUERY_PAGE_BYTES / READ_UNIT_BYTES;
/**
 * Share of a second's limit that the first page takes, if its items are of one unit: nothing is known of them before, and
 * eight workers begin together.
 */
const FIRST_PAGE_SHARE = 1 / 8;
/** Time between two looks at the operator's limit, in ms. */
const LOOK_MS = 5_000;

interface PacedReadsOptions {
  /** Read units a second below which no limit is obeyed. */
  readonly atLeast?: number;
  /** True to begin no page past the slice's deadline, as a resumable pass wants. */
  readonly endWithSlice?: boolean;
}

/** The pace of one table, and what its latest page has taken. */
interface PacedTable {
  readonly pacer: Pacer;
  /** Time that reads have waited for their turn, in ms. */
  waitedMs: number;
  lastUnits: number;
  unitsPerItem?: number;
}

type Reading = Pick<Ports, 'clock' | 'random' | 'settings' | 'paces' | 'migrations'>;

/**
 * Reads of one worker of a migration. They keep below a share of what a partition gives, over all workers and for each table
 * by itself, so that the tenant's own reads keep the rest; and a page that DynamoDB throttles is asked for again, slower each
 * time.
 */
export class PacedReads {
  readonly #ports: Reading;
  readonly #migration: Migration | undefined;
  readonly #deadline: number | undefined;
  readonly #atLeast: number;
  readonly #endWithSlice: boolean;
  readonly #tables = new Map<TableName, PacedTable>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param migration absent to back off only.
   * @param slice until when a throttled page is tried again; absent to give up after some tries.
   */
  constructor(
    ports: Reading,
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
   * @param read is given how many items to read at most.
   * @param most items that the caller would read at most.
   * @throws Throttled past the deadline, or after ten tries without one
   */
  async page<Page extends { readonly units: number }>(
    table: TableName,
    read: (items: number) => Promise<Page>,
    most = Number.POSITIVE_INFINITY,
  ): Promise<Page> {
    const paced = this.#of(table);
    if (!paced) return this.backingOff(() => read(most));
    if (this.#endWithSlice && this.#isOver()) throw new Throttled('the slice is over', [OWN_LIMIT]);
    await this.#askLimit();
    const { items, units } = this.#nextPage(paced, most);
    const asked = this.#ports.clock.monotonic();
    await paced.pacer.take(units);
    paced.waitedMs += this.#ports.clock.monotonic() - asked;
    const page = await this.backingOff(() => read(items));
    // what it has used beyond the estimate is owed by the next page
    paced.pacer.settle(units, page.units);
    paced.lastUnits = Math.max(1, page.units);
    if (Number.isFinite(items)) paced.unitsPerItem = paced.lastUnits / items;
    return page;
  }

  /** Time for which the limit has held these reads back, in ms: of the table that waited longest, since tables wait side by side. */
  get waitedMs(): number {
    return Math.max(0, ...[...this.#tables.values()].map(({ waitedMs }) => waitedMs));
  }

  /** Reads again, slower each time, as long as DynamoDB throttles. */
  async backingOff<Page>(read: () => Promise<Page>): Promise<Page> {
    const { clock, random } = this.#ports;
    for (let tries = 1; ; tries += 1) {
      try {
        return await read();
      } catch (error) {
        const isOver = this.#deadline === undefined ? tries >= TRIES : this.#isOver();
        if (!(error instanceof Throttled) || isOver) throw error;
        await clock.sleep(Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.longest) * random());
      }
    }
  }

  /** Gives back what is left for a table's reads, or notes what they owe. */
  async end(table: TableName): Promise<void> {
    await this.#tables.get(table)?.pacer.end();
  }

  #isOver(): boolean {
    return this.#deadline !== undefined && this.#ports.clock.monotonic() >= this.#deadline;
  }

  /** Returns how many items the next page has at most, and the units that it is expected to take. */
  #nextPage({ lastUnits, unitsPerItem, pacer }: PacedTable, most: number): { items: number; units: number } {
    const { unitsPerSecond } = pacer;
    if (unitsPerSecond === undefined || unitsPerSecond >= LARGEST_PAGE_UNITS)
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
        ...(this.#deadline === undefined ? {} : { deadline: this.#deadline }),
      },
    );
    pacer.limitTo(this.#limitOf(this.#migration));
    const paced: PacedTable = { pacer, waitedMs: 0, lastUnits: 1 };
    this.#tables.set(table, paced);
    return paced;
  }

  async #askLimit(): Promise<void> {
    const { clock, migrations } = this.#ports;
    if (clock.monotonic() - this.#lookedAt < LOOK_MS || !this.#migration) return;
    const isFirst = this.#lookedAt === Number.NEGATIVE_INFINITY;
    this.#lookedAt = clock.monotonic();
    // the step has just read it
    const now = isFirst ? this.#migration : await migrations.get(this.#migration.migrationId);
    if (!now) return;
    for (const { pacer } of this.#tables.values()) pacer.limitTo(this.#limitOf(now));
  }

  /** Read units a second in each table, over all workers: the operator's limit, or else the deployment's share. */
  #limitOf({ readUnitsPerSecond }: Migration): number {
    return Math.max(readUnitsPerSecond ?? this.#ports.settings.readUnitsPerSecond, this.#atLeast);
  }
}
