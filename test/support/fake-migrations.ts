import type { Clock } from '../../functions/migration/clock-port.ts';
import type { ForeignKeys, ForeignWrites } from '../../functions/migration/compare/foreign-writes-port.ts';
import type { FenceKeys } from '../../functions/migration/cutover/fence-keys-port.ts';
import { Conflict } from '../../functions/migration/errors.ts';
import type { EventLog } from '../../functions/migration/events/event-log-port.ts';
import type { PublishedEvent } from '../../functions/migration/events/published-event.ts';
import type {
  IndexCheckProgress,
  UnfinishedIndexValues,
} from '../../functions/migration/indexes/index-check.ts';
import type { IndexCheckRecords } from '../../functions/migration/indexes/index-checks-port.ts';
import { byKeyOrder } from '../../functions/migration/items/items.ts';
import type { CapturedKey } from '../../functions/migration/journal/journal-port.ts';
import { isClosed, mayChange, type Status } from '../../functions/migration/life-cycle.ts';
import type {
  Migration,
  MigrationEvent,
  Stage,
  StepFailure,
  UndoRecord,
} from '../../functions/migration/migration.ts';
import type {
  EntityKey,
  EpochMs,
  MigrationId,
  TableName,
  TenantId,
  WriteUnits,
} from '../../functions/migration/names.ts';
import type { Plan } from '../../functions/migration/plan/plan.ts';
import type { Plans } from '../../functions/migration/plan/plans-port.ts';
import type {
  BlockingField,
  ComparedField,
  MigrationChange,
  MigrationFilter,
  Migrations,
} from '../../functions/migration/record/migrations-port.ts';
import type { Report } from '../../functions/migration/report/report.ts';
import type { Reports } from '../../functions/migration/report/reports-port.ts';
import type { Route } from '../../functions/migration/route/route.ts';
import type { FailingSteps } from '../../functions/migration/step-failure.ts';
import type { FakeRoutes } from './fake-routes.ts';

/** Returns the record with the change applied. A field with the value `undefined` is removed. */
export const changed = <T extends object>(record: T, change: Readonly<Record<string, unknown>>): T => {
  const next: Record<string, unknown> = { ...record, ...structuredClone(change) };
  for (const field of Object.keys(next)) if (next[field] === undefined) delete next[field];
  return next as T;
};

export class FakeMigrations
  implements Migrations, EventLog, Plans, IndexCheckRecords, ForeignWrites, FenceKeys, Reports
{
  readonly records = new Map<MigrationId, Migration>();
  readonly #latest = new Map<TenantId, MigrationId>();
  readonly #events = new Map<MigrationId, MigrationEvent[]>();
  readonly #published: PublishedEvent[] = [];
  readonly #plans = new Map<MigrationId, Plan>();
  readonly #reports = new Map<MigrationId, Report>();
  readonly #cleanUps = new Map<MigrationId, UndoRecord>();
  readonly #clock: Clock;

  readonly #routes: FakeRoutes;
  readonly #foreign = new Map<MigrationId, ForeignKeys>();
  readonly #pastLeases = new Map<MigrationId, readonly EntityKey[]>();
  readonly #hot = new Map<MigrationId, readonly EntityKey[]>();
  readonly #sentinels = new Map<MigrationId, readonly CapturedKey[]>();
  readonly #indexChecks = new Map<MigrationId, IndexCheckProgress>();
  readonly #indexValues = new Map<MigrationId, UnfinishedIndexValues | undefined>();

  constructor(clock: Clock, routes: FakeRoutes) {
    this.#clock = clock;
    this.#routes = routes;
  }

  async create(migration: Migration, latest?: MigrationId) {
    if (this.records.has(migration.migrationId)) throw new Conflict(`${migration.migrationId} is taken`);
    if (!migration.dryRun) {
      if (this.#latest.get(migration.tenantId) !== latest) throw new Conflict('another request was faster');
      this.#latest.set(migration.tenantId, migration.migrationId);
    }
    this.records.set(migration.migrationId, structuredClone(migration));
    const { requestedAt: at, requestedBy: who, status: to, reason } = migration;
    this.#tell(migration, { at, who, to, reason });
  }

  async latest(tenantId: TenantId) {
    return this.#latest.get(tenantId);
  }

  async get(migrationId: MigrationId) {
    return structuredClone(this.records.get(migrationId));
  }

  async *list({ tenantId, status, before }: MigrationFilter) {
    const latestFirst = [...this.records.values()].sort((a, b) => (a.migrationId < b.migrationId ? 1 : -1));
    for (const one of latestFirst) {
      if (tenantId !== undefined && one.tenantId !== tenantId) continue;
      if (status !== undefined && one.status !== status) continue;
      if (before !== undefined && one.migrationId >= before) continue;
      yield structuredClone(one);
    }
  }

  async transition(
    from: Migration,
    to: Status,
    event: Pick<MigrationEvent, 'who' | 'reason' | 'at' | 'failure' | 'flippedTo'>,
    change: MigrationChange = {},
    route?: { from: Route; to: Route },
    unless: readonly BlockingField[] = [],
    asRead: readonly ComparedField[] = [],
  ) {
    const isAsRead = this.records.get(from.migrationId)?.status === from.status;
    if (!isAsRead || !mayChange(from.status, to)) throw new Conflict(`${from.migrationId} has moved on`);
    if (this.records.get(from.migrationId)?.attempt !== from.attempt)
      throw new Conflict(`${from.migrationId} has moved on`);
    const now = this.records.get(from.migrationId);
    if (unless.some((field) => now?.[field] !== undefined && now[field] !== false))
      throw new Conflict(`${from.migrationId} has one of these set: ${unless.join(', ')}`);
    if (asRead.some((field) => now?.[field] !== from[field]))
      throw new Conflict(`${from.migrationId} has another ${asRead.join(' or ')}`);
    if (route) await this.#routes.compareAndSet(route.from, route.to);
    const next = await this.#change(from, { ...change, status: to });
    this.#tell(next, { ...event, from: from.status, to });
    return next;
  }

  #tell({ migrationId, tenantId, attempt, dryRun, source, target }: Migration, event: MigrationEvent) {
    const events = this.#events.get(migrationId) ?? [];
    this.#events.set(migrationId, [...events, event]);
    const eventId = `${migrationId}/${events.length}`;
    const subject = { migrationId, tenantId, attempt, dryRun, source, target };
    this.#published.push(structuredClone({ eventId, ...event, ...subject }));
  }

  async *eventsSince(since: EpochMs) {
    yield* structuredClone(this.#published.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at));
  }

  async update(from: Migration, change: MigrationChange) {
    return this.#change(from, change);
  }

  async noteLateCalls(migrationId: MigrationId, outAt: EpochMs, what: 'items' | 'sentinels' = 'items') {
    const field = what === 'items' ? 'lateCallsOutAt' : 'lateSentinelsOutAt';
    const record = this.records.get(migrationId);
    if (!record || isClosed(record.status) || (record[field] ?? 0) >= outAt) return;
    this.records.set(migrationId, { ...record, [field]: outAt });
  }

  async noteHeldReady({ migrationId, attempt }: Migration, at: EpochMs) {
    const record = this.records.get(migrationId);
    if (record?.attempt !== attempt || !record.cutoverHeld || record.waitsForOperatorSince !== undefined)
      return;
    this.records.set(migrationId, { ...record, waitsForOperatorSince: at });
  }

  async noteStepFailure(migrationId: MigrationId, steps: FailingSteps, failure: StepFailure) {
    const record = this.records.get(migrationId);
    if (record?.attempt !== failure.attempt || isClosed(record.status)) return;
    const field = steps === 'forward' ? 'stepFailure' : 'rollbackStepFailure';
    const { attempt = 0, isRetried = false } = record[field] ?? {};
    if (attempt >= failure.attempt && !isRetried) return;
    this.records.set(migrationId, { ...record, [field]: structuredClone(failure) });
  }

  async addWriteUnits(migrationId: MigrationId, work: 'apply' | 'discard', units: WriteUnits, throttles = 0) {
    const record = this.records.get(migrationId);
    if (!record || isClosed(record.status)) return;
    const field = `${work}WriteUnits` as const;
    const throttled = `${work}Throttles` as const;
    this.records.set(migrationId, {
      ...record,
      [field]: (record[field] ?? 0) + units,
      ...(throttles > 0 ? { [throttled]: (record[throttled] ?? 0) + throttles } : {}),
    });
  }

  async addDiscardedItems(migrationId: MigrationId, items: number) {
    const record = this.records.get(migrationId);
    if (!record || isClosed(record.status)) return;
    this.records.set(migrationId, { ...record, discardedItems: (record.discardedItems ?? 0) + items });
  }

  async saveKeysPastLeases(migrationId: MigrationId, keys: readonly EntityKey[]) {
    this.#pastLeases.set(migrationId, keys);
  }
  async keysPastLeases(migrationId: MigrationId) {
    return this.#pastLeases.get(migrationId) ?? [];
  }

  async noteStage(migrationId: MigrationId, stage: Stage, entry: { startedAt?: EpochMs; endedAt?: EpochMs }) {
    const record = this.records.get(migrationId);
    if (!record) return;
    const startedAt = record.stages[stage]?.startedAt ?? entry.startedAt;
    const endedAt = entry.endedAt ?? record.stages[stage]?.endedAt;
    if (startedAt === undefined) return;
    const times = { startedAt, ...(endedAt === undefined ? {} : { endedAt }) };
    this.records.set(migrationId, { ...record, stages: { ...record.stages, [stage]: times } });
  }

  async events(migrationId: MigrationId) {
    return [...(this.#events.get(migrationId) ?? [])];
  }

  async savePlan(migrationId: MigrationId, plan: Plan) {
    this.#plans.set(migrationId, structuredClone(plan));
  }
  async plan(migrationId: MigrationId) {
    return structuredClone(this.#plans.get(migrationId));
  }

  async saveReport(migrationId: MigrationId, report: Report) {
    this.#reports.set(migrationId, structuredClone(report));
  }
  async report(migrationId: MigrationId) {
    return structuredClone(this.#reports.get(migrationId));
  }

  async saveForeign(migrationId: MigrationId, foreign: ForeignKeys) {
    this.#foreign.set(migrationId, structuredClone(foreign));
  }
  async foreign(migrationId: MigrationId) {
    return structuredClone(this.#foreign.get(migrationId) ?? { differences: [] });
  }

  async saveFenceSentinels(migrationId: MigrationId, sentinels: readonly CapturedKey[]) {
    this.#sentinels.set(migrationId, structuredClone(sentinels));
  }
  async saveHotKeys(migrationId: MigrationId, keys: readonly EntityKey[]) {
    this.#hot.set(migrationId, keys);
  }
  async hotKeys(migrationId: MigrationId) {
    return this.#hot.get(migrationId) ?? [];
  }
  async forgetKeys(migrationId: MigrationId) {
    this.#hot.delete(migrationId);
    this.#sentinels.delete(migrationId);
  }
  async fenceSentinels(migrationId: MigrationId) {
    const sentinels = structuredClone(this.#sentinels.get(migrationId) ?? []);
    return [...sentinels].sort((a, b) => byKeyOrder(a.key, b.key));
  }

  async saveIndexChecks(migrationId: MigrationId, checks: IndexCheckProgress) {
    this.#indexChecks.set(migrationId, structuredClone(checks));
  }
  async indexChecks(migrationId: MigrationId) {
    return structuredClone(this.#indexChecks.get(migrationId));
  }

  async saveIndexValues(migrationId: MigrationId, values: UnfinishedIndexValues | undefined) {
    this.#indexValues.set(migrationId, structuredClone(values));
  }
  async indexValues(migrationId: MigrationId) {
    return structuredClone(this.#indexValues.get(migrationId));
  }

  async chooseTarget(
    { migrationId, status, attempt }: Migration,
    target: Omit<UndoRecord, 'partitionClaimed'>,
  ) {
    const meta = this.records.get(migrationId);
    const isAsRead = meta?.status === status && meta.attempt === attempt;
    if (!isAsRead || meta.registryChange !== 'none') throw new Conflict(`${migrationId} has moved on`);
    this.#cleanUps.set(migrationId, { ...target, partitionClaimed: false });
  }
  async claimPartition(migrationId: MigrationId, table: TableName) {
    const before = this.#cleanUps.get(migrationId);
    if (before?.table !== table) throw new Conflict(`${migrationId} has another table`);
    this.#cleanUps.set(migrationId, { ...before, partitionClaimed: true });
  }
  async undoRecord(migrationId: MigrationId) {
    return structuredClone(this.#cleanUps.get(migrationId));
  }

  async #change(from: Migration, change: Readonly<Record<string, unknown>>): Promise<Migration> {
    const record = this.records.get(from.migrationId);
    if (record?.attempt !== from.attempt) throw new Conflict(`${from.migrationId} has moved on`);
    const next = changed(record, { ...change, updatedAt: this.#clock.now() });
    this.records.set(from.migrationId, next);
    return structuredClone(next);
  }
}
