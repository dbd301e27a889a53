import { auditName, type Subject } from '../../../../functions/console/api/access/subject.ts';
import type { Migration } from '../../../../functions/migration/migration.ts';
import { epochMs, type MigrationId, type TenantId } from '../../../../functions/migration/names.ts';
import type { Ports } from '../../../../functions/migration/ports.ts';
import { type ConsoleServer, serveConsole } from '../../../../scripts/console/serve-console.ts';
import { type Application, startApplication } from '../../../faults/application.ts';
import { type PlantedStack, startPlantedStack } from '../../../support/planted-stack.ts';
import { addTenant } from '../../../support/tenants.ts';
import { until } from '../../../support/until.ts';
import { builtPage } from './open-page.ts';

/** Long enough for a router on a busy machine, in ms: an operation that outlives its lease tells the application nothing. */
const LEASE_MS = 2_000;
const ITEMS = 90;

/** A tenant on the embedded stack, to which an application writes through the router all the while. */
export interface WrittenTenant {
  readonly tenantId: TenantId;
  readonly application: Application;
}

export interface ServeWish {
  /** Port of an earlier server that was stopped; a free one by default. */
  readonly port?: number;
  /** Time by which the server's clock is ahead, in ms, read each time. */
  readonly aheadMs?: () => number;
}

export interface EmbeddedWorld {
  readonly stack: PlantedStack;
  /** Serves the built page over the stack. */
  serve(name: string, role: Subject['role'], wish?: ServeWish): Promise<ConsoleServer>;
  addWrittenTenant(tenantId: string): Promise<WrittenTenant>;
  /** Plans the move to the tier advanced and starts it through the API, as the page does. */
  start(served: ConsoleServer, tenantId: TenantId, wish: StartWish): Promise<MigrationId>;
  /** Waits until a migration is as it should be. */
  untilIt(id: MigrationId, isSo: (migration: Migration) => boolean): Promise<Migration>;
  /** The requests of a person in the audit trail, in order. */
  requestsOf(id: MigrationId, name: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export interface StartWish {
  readonly holdCutover: boolean;
  readonly holdMs?: number;
}

/** Starts the embedded stack on the test run's engine. */
export const startEmbeddedWorld = async (): Promise<EmbeddedWorld> => {
  const stack = await startPlantedStack({
    ...{ leaseMs: LEASE_MS, cutoverLeaseMs: LEASE_MS, leaseGraceMs: 100, holdMs: 3_600_000 },
  });
  const { ports } = stack;
  return {
    stack,
    serve: (name, role, { port, aheadMs = () => 0 } = {}) =>
      serveConsole({
        ...{ ports: aheadBy(ports, aheadMs), page: builtPage(), port },
        subject: { name, role, verified: false },
      }),
    async addWrittenTenant(tenantId) {
      const added = await addTenant(ports, { tenantId, items: ITEMS });
      const application = startApplication(stack.client, added.tenantId, {
        leaseMs: LEASE_MS,
        seed: tenantId,
      });
      return { tenantId: added.tenantId, application };
    },
    start: startThroughApi,
    untilIt: (id, isSo) =>
      until(`${id} to get there: ${isSo}`, async () => {
        const migration = await ports.migrations.get(id);
        return migration && isSo(migration) && migration;
      }),
    async requestsOf(id, name) {
      const by = auditName({ name, role: 'operator', verified: false });
      return (await ports.migrations.events(id)).filter(({ who }) => who === by).map(({ reason }) => reason);
    },
    stop: () => stack.stop(),
  };
};

/** Returns ports whose wall clock is ahead by a time in ms. */
export const aheadBy = (ports: Ports, aheadMs: () => number): Ports => ({
  ...ports,
  clock: { ...ports.clock, now: () => epochMs(ports.clock.now() + aheadMs()) },
});

const startThroughApi: EmbeddedWorld['start'] = async ({ endpoint, token }, tenantId, wish) => {
  const call = (path: string, body?: object) =>
    fetch(`${endpoint}/api${path}`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(body ? { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() } : {}),
      },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
  const idIn = async (response: Response): Promise<MigrationId> => {
    const document = await response.json();
    if (response.status !== 201) throw new Error(JSON.stringify(document));
    return document.migration.migrationId;
  };
  const reason = 'the district has grown';
  const dryRun = await idIn(await call('/plans', { tenantId, to: { tier: 'advanced' }, reason }));
  const etag = await until('the plan', async () => {
    const shown = await call(`/migrations/${dryRun}/plan`);
    return shown.status === 200 ? shown.headers.get('etag') : undefined;
  });
  // the dry run ends a moment after it has saved its plan
  return until('the start', async () => {
    const response = await call('/migrations', { plan: { migrationId: dryRun, etag }, reason, ...wish });
    return response.status === 409 ? undefined : idIn(response);
  });
};
