import { randomUUID } from 'node:crypto';
import type { Item } from '../../functions/migration/items/items.ts';
import { isClosed, statusWords } from '../../functions/migration/life-cycle.ts';
import { BATCH_WRITE_ITEMS } from '../../functions/migration/limits.ts';
import type { MigrationId, TenantId } from '../../functions/migration/names.ts';
import { registerTenant } from '../../functions/migration/operator/register-tenant.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import type { Driver } from './driver-process.ts';
import type { DriverEvent } from './messages.ts';

/*
 * Two processes use a tenant through the router under test, while the tenant is moved to another table and rolled back.
 * Each writes a key of its own and reads the other's.
 */

const BY = 'conformance';
const ITEMS = 200;
const HOLD_MS = 60 * 60_000;
const MAX_WRITE_WAIT_MS = 120_000;
const POLL_MS = 100;
/** Time after which a move has failed, in ms. */
const MOST_MOVE_MS = 10 * 60_000;
/** Number of writes that each process makes before, between and after the flips. */
const WRITES = 5;

/** Errors that tell an application to try again. After the first one the outcome of a write is unknown. */
const EXPECTED = ['TenantLeaseExpired', 'TenantRouteUnavailable', 'TenantWriteNotSent'];

export interface LiveResults {
  readonly writes: number;
  readonly reads: number;
  /** Number of calls that ended with each expected error. */
  readonly retried: Readonly<Record<string, number>>;
  /** Descriptions of what was wrong. */
  readonly wrong: readonly string[];
}

/** Runs the live part of the conformance test. @param drivers two processes of the router under test */
export const runLive = async (
  ports: Ports,
  drivers: readonly Driver[],
  say: (line: string) => void,
): Promise<LiveResults> => {
  const tenantId = `conformance-${randomUUID().slice(0, 8)}` as TenantId;
  const { table } = await registerTenant(ports, { tenantId, name: tenantId, tier: 'basic', by: BY });
  await putItems(ports, tenantId, table);
  const use = new LiveUse(tenantId, drivers);
  await use.connect(controlTables(ports.settings).routes);
  const using = use.run();
  try {
    await use.untilUsed(ports);
    say(`${tenantId} is used in ${table}`);
    const { migrationId } = await requestMigration(ports, {
      tenantId,
      toTier: 'advanced',
      holdMs: HOLD_MS,
      requestedBy: BY,
      reason: 'conformance test',
    });
    await until(ports, 'the flip', async () => {
      const migration = await ports.migrations.get(migrationId);
      if (migration && isClosed(migration.status))
        throw new Error(`${migrationId} is ${statusWords(migration.status)}`);
      if (migration?.cutoverHeld)
        throw new Error(`the cutover of ${migrationId} is held: a process writes under the fence`);
      return migration?.registryChange === 'confirmed';
    });
    await use.untilUsed(ports);
    say(`it was moved to ${(await ports.routes.get(tenantId))?.table}`);
    await rollBack(ports, migrationId);
    await use.untilUsed(ports);
    say('it was rolled back');
  } finally {
    use.stop();
    await using;
  }
  await use.readAll();
  return use.results();
};

const putItems = async (
  ports: Ports,
  tenantId: TenantId,
  table: Parameters<Ports['tables']['describe']>[0],
) => {
  const partition = ports.partition(tenantId);
  const items = Array.from(
    { length: ITEMS },
    (_, n): Item => ({
      tenantId: { S: tenantId },
      entityKey: { S: `STUDENT#${String(n).padStart(6, '0')}` },
      entityType: { S: 'STUDENT' },
    }),
  );
  for (let n = 0; n < items.length; n += BATCH_WRITE_ITEMS)
    await partition.write(table, { puts: items.slice(n, n + BATCH_WRITE_ITEMS), deletes: [] });
};

/** Rolls the migration back. A write that reached the source after the flip makes this fail. */
const rollBack = async (ports: Ports, migrationId: MigrationId): Promise<void> => {
  await rollbackMigration(ports, migrationId, { by: BY, reason: 'conformance test' });
  await until(ports, 'the end of the rollback', async () => {
    const migration = await ports.migrations.get(migrationId);
    if (!migration || !isClosed(migration.status)) return false;
    if (migration.status !== 'rolledBack')
      throw new Error(`${migrationId} is ${statusWords(migration.status)}`);
    return true;
  });
};

const until = async ({ clock }: Ports, what: string, isOver: () => Promise<boolean>): Promise<void> => {
  const deadline = clock.monotonic() + MOST_MOVE_MS;
  while (!(await isOver())) {
    if (clock.monotonic() > deadline) throw new Error(`waited ${MOST_MOVE_MS / 60_000} min for ${what}`);
    await clock.sleep(POLL_MS);
  }
};

/** The use of the tenant by all drivers. */
class LiveUse {
  readonly #tenant: string;
  readonly #drivers: readonly Driver[];
  /** The highest acknowledged number of each driver's key, and the highest one that a read has returned. */
  readonly #least: number[];
  readonly #written: number[];
  readonly #retried: Record<string, number> = {};
  readonly #wrong: string[] = [];
  #reads = 0;
  #isStopped = false;

  constructor(tenant: string, drivers: readonly Driver[]) {
    this.#tenant = tenant;
    this.#drivers = drivers;
    this.#least = drivers.map(() => 0);
    this.#written = drivers.map(() => 0);
  }

  async connect(routesTable: string): Promise<void> {
    for (const { exchange } of this.#drivers)
      await exchange({ do: 'connect', routesTable, maxWriteWaitMs: MAX_WRITE_WAIT_MS });
  }

  async run(): Promise<void> {
    await Promise.all(this.#drivers.map((driver, n) => this.#use(driver, n)));
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Waits until each driver has written some times more. */
  async untilUsed(ports: Ports): Promise<void> {
    const before = [...this.#written];
    await until(ports, 'the processes to write', async () => {
      if (this.#wrong.length > 0) throw new Error(this.#wrong.join('\n'));
      return this.#written.every((writes, n) => writes >= (before[n] ?? 0) + WRITES);
    });
  }

  /** Reads every key once more, with every driver. */
  async readAll(): Promise<void> {
    for (const driver of this.#drivers) for (const n of this.#drivers.keys()) await this.#read(driver, n);
  }

  results(): LiveResults {
    const writes = this.#written.reduce((sum, one) => sum + one, 0);
    return { writes, reads: this.#reads, retried: this.#retried, wrong: this.#wrong };
  }

  async #use(driver: Driver, own: number): Promise<void> {
    for (let n = 1; !this.#isStopped && this.#wrong.length === 0; n++) {
      const { events } = await driver.exchange({ do: 'put', ...this.#key(own), n });
      if (this.#succeeded(events, 'put') !== undefined) {
        this.#raise(own, n);
        this.#written[own] = (this.#written[own] ?? 0) + 1;
      }
      await this.#read(driver, (own + 1) % this.#drivers.length);
    }
  }

  async #read(driver: Driver, of: number): Promise<void> {
    const least = this.#least[of] ?? 0;
    const { events } = await driver.exchange({ do: 'get', ...this.#key(of) });
    const result = this.#succeeded(events, 'get');
    if (result === undefined) return;
    this.#reads += 1;
    const found = Number(result);
    if (!(found >= least)) this.#wrong.push(`a read of key ${of} returned ${result} after ${least}`);
    this.#raise(of, found);
  }

  /** Returns the result of a call; undefined if it ended with an error. */
  #succeeded(events: readonly DriverEvent[], what: string): unknown {
    const [event] = events;
    if (event?.event === 'done') return event.result;
    const error = String(event?.error);
    if (EXPECTED.includes(error)) this.#retried[error] = (this.#retried[error] ?? 0) + 1;
    else this.#wrong.push(`${what} ended with ${JSON.stringify(event)}`);
    return undefined;
  }

  #raise(key: number, n: number): void {
    this.#least[key] = Math.max(this.#least[key] ?? 0, n);
  }

  #key(n: number): { tenant: string; key: string } {
    return { tenant: this.#tenant, key: `COUNTER#${n}` };
  }
}
