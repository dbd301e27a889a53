import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import { TenantRouter } from '../../functions/router/tenant-router.ts';
import type { Out } from '../cli/out.ts';
import { formatCount, formatCounted } from '../cli/render/figures.ts';
import { renderOutcome } from '../cli/render/render-outcome.ts';
import { createDisplay } from '../cli/watching/display.ts';
import { watch } from '../cli/watching/watch.ts';
import type { Stack } from '../local/stack.ts';
import { heading } from './tour.ts';

export interface Growth {
  readonly migration: Migration;
  /** Successful writes through the router while the district grew and moved, and how many of them are found afterwards. */
  readonly written: number;
  readonly found: number;
  readonly failed: number;
}

/** A district with nine schools, while basic allows ten. */
const GROWING_ID = 'hazel-ridge';
/** A district that is written all the while, in the source table. */
const NEIGHBOUR_ID = 'foxglove';
/** Time between two writes of each district, in ms. */
const WRITE_INTERVAL_MS = 40;
/** Maximum number of schools that are added until a migration is requested, and the time between two, in ms. */
const MAX_SCHOOLS = 10;
const SCHOOL_MS = 700;

/**
 * Adds schools to a district through the router until it exceeds its tier's limit and is moved automatically, while it
 * and another district are written.
 * @throws Error if no migration is requested, the migration does not complete, or a write is missing afterwards.
 */
export const growTenant = async (
  out: Out,
  { ports, client: config }: Stack,
  { signal }: { readonly signal: AbortSignal },
): Promise<Growth> => {
  heading(out, 'Growth: a migration without an operator');
  const tenant = await findMigration(ports.registry.tenant, GROWING_ID);
  const { maxSchools = 0, schoolCount } = tenant;
  out.say(
    `  ${tenant.tenantId} has ${formatCounted(schoolCount, 'school')}; tier ${tenant.tier} allows ${maxSchools}.`,
  );
  const client = new DynamoDBClient(config);
  const application = new Application(client);
  try {
    const writing = [GROWING_ID, NEIGHBOUR_ID].map((id) => application.keepWriting(id));
    const before = await ports.migrations.latest(tenant.tenantId);
    let id: MigrationId | undefined;
    for (let n = 1; n <= MAX_SCHOOLS && id === undefined; n += 1) {
      await application.put(GROWING_ID, `SCHOOL#new-${n}`);
      out.say(`  + SCHOOL#new-${n}, through the router`);
      await sleep(SCHOOL_MS, undefined, { signal });
      const latest = await ports.migrations.latest(tenant.tenantId);
      if (latest !== before) id = latest;
    }
    if (!id) throw new Error(`${GROWING_ID} has outgrown its tier, but no migration was requested`);
    const requested = await findMigration(ports.migrations.get, id);
    out.say(['', `  ${id} was requested by '${requested.requestedBy}': ${requested.reason}.`]);
    const { migration } = await watch(ports, id, createDisplay(out), signal);
    application.stop();
    await Promise.all(writing);
    if (migration.status !== 'completed') throw new Error(renderOutcome(migration).join(' '));
    const found = await application.countFound();
    const { written, failed } = application;
    out.say([
      '',
      `  ${formatCounted(written, 'write')} through the router, ${formatCount(failed)} failed; ${formatCount(found)} were found afterwards.`,
      `  ${GROWING_ID} lives in ${migration.target.table} now.`,
    ]);
    if (found !== written) throw new Error('writes are missing after the migration');
    return { migration, written, found, failed };
  } finally {
    application.stop();
    client.destroy();
  }
};

const findMigration = async <Id extends string, T>(
  find: (id: Id) => Promise<T | undefined>,
  id: string,
): Promise<T> => {
  const found = await find(id as Id);
  if (!found) throw new Error(`there is no ${id}`);
  return found;
};

/** An application that writes new items of tenants through one router, and checks that they are there. */
class Application {
  readonly #client: DynamoDBClient;
  readonly #router: TenantRouter;
  readonly #keys: { readonly tenantId: string; readonly key: string }[] = [];
  #isOver = false;
  failed = 0;

  constructor(client: DynamoDBClient) {
    this.#client = client;
    this.#router = new TenantRouter({ client, maxWriteWaitMs: 30_000 });
  }

  get written(): number {
    return this.#keys.length;
  }

  stop(): void {
    this.#isOver = true;
  }

  async put(tenantId: string, key: string): Promise<void> {
    const Item = {
      tenantId: { S: tenantId },
      entityKey: { S: key },
      entityType: { S: key.split('#')[0] ?? '' },
    };
    await this.#router.write(tenantId, (TableName, { signal: abortSignal }) =>
      this.#client.send(new PutItemCommand({ TableName, Item }), { abortSignal }),
    );
    this.#keys.push({ tenantId, key });
  }

  async keepWriting(tenantId: string): Promise<void> {
    for (let n = 0; !this.#isOver; n += 1) {
      await this.put(tenantId, `ATTENDANCE#demo#${n}`).catch(() => {
        this.failed += 1;
      });
      await sleep(WRITE_INTERVAL_MS);
    }
  }

  async countFound(): Promise<number> {
    let found = 0;
    for (const { tenantId, key } of this.#keys) {
      const Key = { tenantId: { S: tenantId }, entityKey: { S: key } };
      const { Item } = await this.#router.read(tenantId, (TableName, { signal: abortSignal }) =>
        this.#client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }), { abortSignal }),
      );
      if (Item) found += 1;
    }
    return found;
  }
}
