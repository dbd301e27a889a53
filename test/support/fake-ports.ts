import { layoutOf } from '../../functions/migration/items/key-layout.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { FakeAdmissions } from './fake-admissions.ts';
import { FakeAppliers } from './fake-applier-claims.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeEvents } from './fake-events.ts';
import { FakeJournal } from './fake-journal.ts';
import { FakeMetrics } from './fake-metrics.ts';
import { FakeMigrations } from './fake-migrations.ts';
import { FakePaces } from './fake-paces.ts';
import { FakeRegistry } from './fake-registry.ts';
import { FakeRequests } from './fake-requests.ts';
import { FakeRoutes } from './fake-routes.ts';
import { FakeSchoolCounts } from './fake-school-counts.ts';
import { FakeSegments } from './fake-segments.ts';
import { FakeStreamReaders } from './fake-stream-readers.ts';
import { FakeSweeps } from './fake-sweeps.ts';
import { FakeTables } from './fake-tables.ts';
import { FakeWorkflow } from './fake-workflow.ts';

export interface FakePorts extends Ports {
  readonly clock: FakeClock;
  readonly tables: FakeTables;
  readonly routes: FakeRoutes;
  readonly workflow: FakeWorkflow;
  readonly events: FakeEvents;
  readonly metrics: FakeMetrics;
  readonly streamReaders: FakeStreamReaders;
  readonly schoolCounts: FakeSchoolCounts;
}

/** The doctor is tested on an engine, since it reads whole tables. */
const NO_CONTROL_RECORDS: Ports['control'] = new Proxy({} as Ports['control'], {
  get: () => () => {
    throw new Error('a world in memory has no control tables to read whole');
  },
});

const NO_SETTINGS = {};
/** Parsed once: hundreds of worlds have no settings of their own. */
const DEFAULTS = parseSettings(NO_SETTINGS);

/** Returns ports in memory that enforce the conditions of the real ones. Ids count up; random numbers are always 0.5. */
export const fakePorts = (settings: unknown = NO_SETTINGS, clock = new FakeClock()): FakePorts => {
  const tables = new FakeTables();
  const routes = new FakeRoutes();
  const migrations = new FakeMigrations(clock, routes);
  let ids = 0;
  const newId = () => {
    ids += 1;
    return String(ids).padStart(8, '0');
  };
  const parsed = settings === NO_SETTINGS ? DEFAULTS : parseSettings(settings);
  tables.layout = layoutOf(parsed);
  return {
    settings: parsed,
    partition: (tenantId) => tables.partition(tenantId),
    tables,
    streamReaders: new FakeStreamReaders(),
    migrations,
    segments: new FakeSegments(migrations, clock),
    registry: new FakeRegistry(migrations, routes),
    routes,
    journal: new FakeJournal(newId),
    appliers: new FakeAppliers(migrations),
    paces: new FakePaces(),
    admissions: new FakeAdmissions(),
    schoolCounts: new FakeSchoolCounts(),
    sweeps: new FakeSweeps(),
    requests: new FakeRequests(),
    control: NO_CONTROL_RECORDS,
    workflow: new FakeWorkflow(),
    events: new FakeEvents(),
    clock,
    newId,
    random: () => 0.5,
    log: { info() {}, warn() {} },
    metrics: new FakeMetrics(),
  };
};
