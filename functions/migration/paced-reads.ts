import { Throttled } from './errors.ts';
import type { Migration } from './migration.ts';
import type { TableName } from './names.ts';
import { Pacer } from './pacer.ts';
import type { Ports, Slice } from './ports.ts';

/** Tries of one throttled page without a deadline; with one it is tried again until then. */
const TRIES = 10;
/** First and longest pause between two tries, in ms; each is drawn between 0 and the bound. */
const PAUSE_MS = { first: 50, longest: 2_000 };
/**
 * Read units a second that a pass without a cursor has at least: eight segments of 15 MB at once end within their slices.
 * A lower limit would keep it from ever ending.
 */
export const WHOLE_SEGMENTS_UNITS_PER_SECOND = 700;
/** Time between two looks at the operator's limit, in ms. */
const LOOK_MS = 5_000;

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
  readonly #tables = new Map<TableName, { readonly pacer: Pacer; lastUnits: number }>();
  #lookedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param migration absent to back off only.
   * @param slice until when a throttled page is tried again; absent to give up after some tries.
   * @param atLeast read units a second below which no limit is obeyed.
   */
  constructor(ports: Reading, migration: Migration | undefined, slice?: Slice, atLeast = 0) {
    this.#ports = ports;
    this.#migration = migration;
    this.#deadline = slice?.deadline;
    this.#atLeast = atLeast;
  }

  /** Reads one page of the tenant's partition in this table. @throws Throttled past the deadline, or after ten tries without one */
  async page<Page extends { readonly units: number }>(
    table: TableName,
    read: () => Promise<Page>,
  ): Promise<Page> {
    const paced = this.#of(table);
    if (!paced) return this.backingOff(read);
    await this.#askLimit();
    // the first page's units are not known before: what it uses beyond one is owed by the next
    const taken = paced.lastUnits;
    await paced.pacer.take(taken);
    const page = await this.backingOff(read);
    paced.pacer.settle(taken, page.units);
    paced.lastUnits = Math.max(1, page.units);
    return page;
  }

  /** Reads again, slower each time, as long as DynamoDB throttles. */
  async backingOff<Page>(read: () => Promise<Page>): Promise<Page> {
    const { clock, random } = this.#ports;
    for (let tries = 1; ; tries += 1) {
      try {
        return await read();
      } catch (error) {
        const isOver = this.#deadline === undefined ? tries >= TRIES : clock.monotonic() >= this.#deadline;
        if (!(error instanceof Throttled) || isOver) throw error;
        await clock.sleep(Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.longest) * random());
      }
    }
  }

  /** Gives back what is left for a table's reads, or notes what they owe. */
  async end(table: TableName): Promise<void> {
    await this.#tables.get(table)?.pacer.end();
  }

  #of(table: TableName): { readonly pacer: Pacer; lastUnits: number } | undefined {
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
    const paced = { pacer, lastUnits: 1 };
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
