import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../functions/migration/clock-port.ts';
import { NotSafe } from '../../functions/migration/errors.ts';
import { isClosed, type Status } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { TableName, TenantId } from '../../functions/migration/names.ts';
import { cancelMigration } from '../../functions/migration/operator/cancel-migration.ts';
import { holdCutover, releaseCutover } from '../../functions/migration/operator/hold-cutover.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { isAdmitted } from '../../functions/migration/queue/read-queue.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { dedicatedTableName, sharedTableName, tierOf } from '../../functions/migration/settings/settings.ts';
import { placedEntityKey } from '../support/table-keys.ts';
import { addTenant } from '../support/tenants.ts';
import { until } from '../support/until.ts';
import { ALL_KEYS, type Application, CHANGED_KEYS, QUIET_KEYS, startApplication } from './application.ts';
import { mendByDoctor, wrongsOfDoctor } from './by-doctor.ts';
import { type CallId, STREAMS } from './calls.ts';
import { type EnvironmentFault, isSurrounding } from './faults.ts';
import { type Before, wrongsOf } from './invariants.ts';
import { replaceStream } from './replace-stream.ts';
import type { Scenario } from './scenarios.ts';
import { type Plant, Subject } from './subject.ts';
import type { Trial } from './trials.ts';
import type { World } from './world.ts';

/** Result of one tenant's migration. It references nothing of the world, which is freed once its runs have ended. */
export interface Outcome {
  /** All calls of the migration, in order. */
  readonly calls: readonly CallId[];
  /** Faults that were injected. */
  readonly fired: readonly Plant[];
  readonly status: Status | undefined;
  /** Number of retries by the operator. */
  readonly retries: number;
  readonly wasRolledBack: boolean;
  /** Errors for which it was rolled back. */
  readonly failures: readonly string[];
  /** Longest duration of a fence that only the watchdog could reopen, in ms. */
  readonly overdueMs: number;
  /** Longest duration of a write of the application, in ms. */
  readonly longestWriteMs: number;
  readonly wrongs: readonly string[];
  readonly ms: number;
}

const ITEMS = 60;
const POLL_MS = 120;
/** Time that a write may take beyond the longest fence, in ms: polls of watchdog and router on a busy machine. */
const WRITE_SLACK_MS = 5_000;
/** Limits after which the operator counts a migration as stuck. */
export interface Patience {
  /** Maximum number of retries. */
  readonly retries: number;
  /** Maximum duration of a migration, which takes some seconds, in ms. */
  readonly ms: number;
}
export interface RunOptions {
  readonly patience?: Patience;
  /** Replaces the clock of the application's routers, to plant flaws. */
  readonly clockOf?: (clock: Clock) => Clock;
}
const PATIENCE: Patience = { retries: 10, ms: 180_000 };
/** States before which the application writes again, so that there are changes to journal, apply and compare. */
const NUDGED = [
  'ConcludeCopy',
  'CompareSegment',
  'CatchUp',
  'CutOver',
  'CompareKeptSegment',
  'CatchUpReverse',
  'CutOverReverse',
];
/**
 * States before which the quiet keys are written, and after which they are applied before the cutover. If the shard of a key
 * that was never touched lags, its change is found only after the flip.
 */
const TOUCHED = ['ShortenLease', 'ShortenLeaseReverse'];
const said = { by: 'operator', reason: 'test' };

let runs = 0;

/** Migrates a new tenant under injected faults, as an operator would, until it has moved or was rolled back. */
export const runTrial = async (
  world: World,
  { scenario, plants, slowMs, seed }: Trial,
  { patience = PATIENCE, clockOf }: RunOptions = {},
): Promise<Outcome> => {
  runs += 1;
  const started = performance.now();
  const token = String(runs).padStart(8, '0');
  const { ports } = world.stack;
  const added = await addTenant(ports, { tenantId: `tenant-${token}`, tier: scenario.from, items: ITEMS });
  const tenant = await ports.registry.tenant(added.tenantId);
  if (!tenant) throw new Error('the tenant that was added is gone');
  const subject = new Subject({
    tenantId: added.tenantId,
    source: added.table,
    target: targetOf(ports, scenario, added.tenantId),
    token,
    plants,
    slowMs,
  });
  world.injector.add(subject);
  const { leaseMs } = ports.settings;
  const application = startApplication(world.dynamodb, added.tenantId, { leaseMs, seed, clockOf });
  const surroundings = surroundingsOf(world, subject, application);
  subject.rewrite = () => writeAll(application);
  subject.surround = (fault) => surroundings[fault]();
  for (const state of NUDGED) subject.hooks.set(state, () => application.nudge());
  for (const state of TOUCHED)
    subject.hooks.set(state, async () => {
      for (const key of QUIET_KEYS) await application.nudge(key);
    });
  const journey = new Journey(world, scenario, subject, { tenant, items: added.items }, patience);
  const failure = await journey.go().catch((error: unknown) => error);
  subject.hasFlipped();
  world.shards.release({ tenantId: added.tenantId });
  // frozen workers and late calls act before the result is checked
  await Promise.race([subject.quiet(), sleep(patience.ms, undefined, { ref: false })]);
  const { last, wrongs, longestWriteMs } = await application.stop().catch((error: unknown) => ({
    last: undefined,
    wrongs: [`I3: the application can't read any more: ${error}`],
    longestWriteMs: 0,
  }));
  const wrong = [...subject.wrongs, ...journey.wrongs, ...wrongs];
  if (longestWriteMs > ports.settings.maxFenceMs + WRITE_SLACK_MS)
    wrong.push(`I5: a write took ${Math.round(longestWriteMs)} ms`);
  if (failure !== undefined) wrong.push(`stuck: ${failure instanceof Error ? failure.message : failure}`);
  const migration = await journey.migration();
  if (migration && isClosed(migration.status))
    wrong.push(...(await wrongsOf(world, subject, migration, { tenant, items: added.items }, last)));
  if (migration && isClosed(migration.status)) wrong.push(...(await wrongsOfDoctor(ports, added.tenantId)));
  world.injector.remove(subject);
  const { calls, fired } = subject;
  return {
    calls,
    fired,
    status: migration?.status,
    retries: journey.retries,
    wasRolledBack: journey.wasRolledBack,
    failures: journey.failures,
    overdueMs: journey.overdueMs,
    longestWriteMs,
    wrongs: [...new Set(wrong)],
    ms: performance.now() - started,
  };
};

/** Maximum lag of a shard behind another, in ms. A fence lasts twice as long. */
const LAG_MS = 3_000;
/** Maximum wait for a flip, in ms. */
const MAX_MS = 20_000;
/** Age of records that are trimmed, in ms: streams keep records for 24 hours. */
const TRIMMED_AFTER_MS = 25 * 60 * 60_000;

const writeAll = (application: Application) => Promise.all(ALL_KEYS.map((key) => application.nudge(key)));

/** Returns the events around a tenant's migration, by name. */
const surroundingsOf = (
  { shards, stack }: World,
  subject: Subject,
  application: Application,
): Record<EnvironmentFault, () => Promise<void>> => {
  const { tenantId, slowMs } = subject.options;
  const key = CHANGED_KEYS[slowMs % CHANGED_KEYS.length] ?? CHANGED_KEYS[0];
  const catchUpAfter = (moment: Promise<unknown>) => {
    subject.leave(moment.then(() => shards.release({ tenantId })));
  };
  const catchUpLater = () => catchUpAfter(sleep(Math.min(slowMs, LAG_MS)));
  const nudgeAll = () => writeAll(application);
  return {
    async lag() {
      shards.lag({ tenantId });
      catchUpLater();
      await application.nudge(key);
    },
    async lagOfKey() {
      // a key that clients do not write again, which would hide the loss
      const quiet = QUIET_KEYS[slowMs % QUIET_KEYS.length] ?? QUIET_KEYS[0];
      shards.lag({ tenantId, keys: [placedEntityKey(quiet)] });
      catchUpAfter(Promise.race([subject.nextFlip, sleep(MAX_MS, undefined, { ref: false })]));
      await application.nudge(quiet);
    },
    async split() {
      shards.lag({ tenantId });
      await nudgeAll();
      shards.split(tenantId, placedEntityKey(key), { isolates: slowMs % 2 === 0 });
      catchUpLater();
      await application.nudge(key);
    },
    async suspendedRouter() {
      const flip = Promise.race([subject.nextFlip, sleep(MAX_MS, undefined, { ref: false })]);
      // for some time during the migration, or until right after a flip, which the process has not seen
      subject.leave(application.suspend(slowMs % 2 === 0 ? sleep(slowMs) : flip));
    },
    async trimmed() {
      shards.lag({ tenantId });
      await nudgeAll();
      await until('the changes to be made', () => shards.held({ tenantId }) >= ALL_KEYS.length);
      // that is how old they have to be
      subject.aheadMs += TRIMMED_AFTER_MS;
      subject.aheadSince = Math.min(subject.aheadSince, Date.now());
      shards.trim({ tenantId });
    },
    async replaced() {
      const table = (await stack.ports.routes.get(tenantId))?.table;
      if (table === undefined) throw new Error('the tenant has no route');
      await replaceStream(stack.client, table, nudgeAll);
    },
  };
};

const targetOf = ({ settings }: Ports, { to }: Scenario, tenantId: TenantId): TableName => {
  const tier = tierOf(settings, to);
  if (!tier) throw new Error(`there is no tier ${to}`);
  return tier.placement === 'dedicated'
    ? dedicatedTableName(settings, tier.name, tenantId)
    : sharedTableName(settings, tier.name, 1);
};

/** ms */
const AGAIN_MS = 5_000;

/** True if an operator is told to try again in a minute, since the execution may not be shown yet. */
const isTooSoon = (error: unknown): boolean =>
  error instanceof NotSafe && error.message.includes('try again in a minute');

/** The operator's actions and observations. */
class Journey {
  readonly wrongs: string[] = [];
  readonly failures: string[] = [];
  retries = 0;
  wasRolledBack = false;
  overdueMs = 0;
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #subject: Subject;
  readonly #before: Before;
  readonly #patience: Patience;
  readonly #until: number;

  constructor(world: World, scenario: Scenario, subject: Subject, before: Before, patience: Patience) {
    this.#world = world;
    this.#scenario = scenario;
    this.#subject = subject;
    this.#before = before;
    this.#patience = patience;
    this.#until = performance.now() + patience.ms;
    const { failsIn, cancelledIn, heldIn } = scenario;
    if (heldIn !== undefined) this.#hook(heldIn, () => this.#hold());
    if (failsIn !== undefined) this.#hook(failsIn, () => Promise.reject(new TypeError('planted')));
    if (cancelledIn !== undefined) this.#hook(cancelledIn, () => this.#cancel());
  }

  /** Reads the migration; undefined if there is none. */
  async migration(): Promise<Migration | undefined> {
    const { tenantId } = this.#subject.options;
    for await (const latest of this.#world.stack.ports.migrations.list({ tenantId })) return latest;
    return undefined;
  }

  /** Follows the migration to its end. @throws Error if it does not end */
  async go(): Promise<void> {
    const { ports } = this.#world.stack;
    await this.#request();
    for (;;) {
      const migration = await this.migration();
      if (performance.now() > this.#until) throw new Error(`it hangs as ${migration?.status ?? 'nothing'}`);
      if (!migration) {
        await this.#request();
        continue;
      }
      const { migrationId, attempt } = migration;
      if (migration.status === 'queued' && !(await isAdmitted(ports, migrationId))) {
        // the dispatcher admits it
        await sleep(POLL_MS);
        continue;
      }
      if (await ports.workflow.isRunning(migrationId, attempt)) {
        await this.#accompany(migration);
        await sleep(POLL_MS);
        continue;
      }
      const now = (await ports.migrations.get(migrationId)) ?? migration;
      if (now.attempt !== attempt || now.status !== migration.status) continue;
      if (this.#scenario.ends.includes(now.status)) return;
      if (isClosed(now.status)) await this.#checkRolledBack(now);
      await this.#awaitOpen(now);
      if (this.retries >= this.#patience.retries) {
        const { status, failure } = now;
        throw new Error(`it is ${status} after ${this.retries} retries: ${failure?.error} ${failure?.cause}`);
      }
      this.retries += 1;
      if (!isClosed(now.status)) this.wrongs.push(...(await mendByDoctor(ports, now)));
      const refused = await this.#as('retry', (operator) =>
        retryMigration(this.#named(operator), migrationId, said.by),
      );
      if (!isTooSoon(refused)) continue;
      // a rollback whose start may not be shown yet: the operator waits, as told, and has not used up a retry
      this.retries -= 1;
      await sleep(AGAIN_MS);
    }
  }

  async #accompany(migration: Migration): Promise<void> {
    const { migrationId, status, registryChange, waitsForOperatorSince } = migration;
    const hasMoved = status === 'holding' && registryChange === 'confirmed';
    if (this.#scenario.isRolledBack && hasMoved) {
      // continues once the comparison with the kept source has ended, when only the operator is awaited
      if (!this.#subject.calls.some(({ state }) => state === 'CheckHold')) return;
      await this.#missChanges('target');
      await this.#as('rollback', (operator) => rollbackMigration(operator, migrationId, said));
    }
    const isWaiting = status === 'catchingUp' && waitsForOperatorSince !== undefined;
    if (this.#scenario.heldIn !== undefined && isWaiting) {
      await this.#missChanges('source');
      await this.#as('cutover', (operator) => releaseCutover(operator, migrationId, said));
    }
  }

  /** Makes capture miss changes of the live table while the migration waits for the operator. */
  async #missChanges(side: 'source' | 'target'): Promise<void> {
    const { from, to } = this.#scenario;
    const table = tierOf(this.#world.stack.ports.settings, side === 'source' ? from : to);
    const tables = table?.placement === 'dedicated' ? `own-${side}` : side;
    const id = this.#subject.count({ state: 'waiting', operation: STREAMS, tables });
    const fault = this.#subject.faultAt(id);
    if (fault !== undefined && isSurrounding(fault)) await this.#subject.surround(fault);
  }

  async #hold(): Promise<void> {
    const migration = await this.migration();
    if (migration && !migration.cutoverHeld)
      await this.#as('hold', (operator) => holdCutover(operator, migration.migrationId, said));
  }

  async #request(): Promise<void> {
    const { tenantId } = this.#subject.options;
    const { to, holdMs } = this.#scenario;
    const request = { tenantId, toTier: to, holdMs, requestedBy: said.by, reason: said.reason };
    await this.#as('request', (operator) => requestMigration(this.#named(operator), request));
  }

  /** Returns the operator's ports with ids that identify the tenant's migrations. */
  #named(operator: Ports): Ports {
    return { ...operator, newId: () => this.#subject.options.token };
  }

  async #cancel(): Promise<void> {
    const migration = await this.migration();
    if (!migration || migration.cancellation) return;
    await this.#as('cancel', (operator) => cancelMigration(operator, migration.migrationId, said));
  }

  /** Runs an action of the operator, who continues from the resulting state even if it fails. @returns the error, if any. */
  async #as(name: string, work: (operator: Ports) => Promise<unknown>): Promise<unknown> {
    const { injector, operator } = this.#world;
    try {
      await injector.asOperator(this.#subject, name, () => work(operator));
      return undefined;
    } catch (error) {
      await sleep(POLL_MS);
      return error;
    }
  }

  /** Checks that a rollback restored everything, while the application still writes. */
  async #checkRolledBack(migration: Migration): Promise<void> {
    this.wasRolledBack = true;
    this.failures.push(migration.failure?.error ?? 'unknown');
    const found = await wrongsOf(this.#world, this.#subject, migration, this.#before);
    this.wrongs.push(...found.map((wrong) => `rolled back, ${wrong}`));
  }

  /** Waits until writes are open. No execution runs, so only a watchdog can reopen a fence (I5). */
  async #awaitOpen({ tenantId }: Migration): Promise<void> {
    const { ports } = this.#world.stack;
    const since = performance.now();
    const route = await ports.routes.get(tenantId);
    if (route?.writes !== 'fenced') return;
    const allowed = route.fence ? route.fence.deadline - ports.clock.now() - this.#subject.aheadMs : 0;
    while ((await ports.routes.get(tenantId))?.writes === 'fenced') {
      if (performance.now() > this.#until) throw new Error('I5: the fence stays');
      await sleep(POLL_MS);
    }
    this.overdueMs = Math.max(this.overdueMs, performance.now() - since - allowed);
  }

  #hook(state: string, work: () => Promise<void>): void {
    const { hooks } = this.#subject;
    const before = hooks.get(state);
    hooks.set(state, async () => {
      await before?.();
      await work();
    });
  }
}
