import { setTimeout as sleep } from 'node:timers/promises';
import { NotSafe } from '../../functions/migration/errors.ts';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import { cancelMigration } from '../../functions/migration/operator/cancel-migration.ts';
import { retryMigration } from '../../functions/migration/operator/retry-migration.ts';
import { rollbackMigration } from '../../functions/migration/operator/rollback-migration.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { stopExecution } from '../support/stop-execution.ts';
import { ended } from '../support/tenants.ts';
import type { LiveStack } from './live-stack.ts';
import type { Scenario, Story } from './scenario.ts';

const said = { by: 'ops', reason: 'to see' };
const POLL_MS = 20;
/** Maximum wait for the end of the last attempt's claim, in ms. */
const PATIENCE_MS = 10_000;

/** Moves the tenant by the scenario. @returns the ended migration. */
export const play = async (stack: LiveStack, tenantId: string, scenario: Scenario): Promise<Migration> => {
  const { ports } = stack;
  const { story, streams } = scenario;
  const paused = streams && sleep(streams.afterMs).then(() => stack.pauseStreams(streams.forMs));
  disturb(stack, tenantId, story);
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: scenario.to,
    holdMs: scenario.holdMs,
    requestedBy: 'test',
    reason: 'test',
  });
  await interfere(stack, migrationId, story);
  const first = await ended(ports, migrationId);
  stack.disturb(tenantId);
  const closed = await conclude(stack, first);
  const isRetried = story.kind === 'fails' && story.retried && closed.status !== 'completed';
  const last = isRetried
    ? await conclude(stack, await ended(ports, await retry(ports, migrationId)))
    : closed;
  await paused;
  return last;
};

/** Plants the faults of the story that apply from the beginning. */
const disturb = (stack: LiveStack, tenantId: string, story: Story): void => {
  if (story.kind === 'fails') stack.disturb(tenantId, { fails: story.plant });
  if (story.kind === 'rolledBack' && story.plant) stack.disturb(tenantId, { fails: story.plant });
  if (story.kind === 'overBudget')
    stack.disturb(tenantId, { alters: { state: 'CutOver', change: slowOnce(stack, story) } });
};

/** Performs the operator's actions during the migration. */
const interfere = async (stack: LiveStack, id: MigrationId, story: Story): Promise<void> => {
  const { ports } = stack;
  if (story.kind === 'cancelled') {
    await sleep(story.afterMs);
    await rollBackNow(ports, id);
  }
  if (story.kind === 'rolledBack') {
    await until(ports, id, ({ status }) => status === 'holding' || isClosed(status));
    await sleep(story.afterMs);
    await rollbackMigration(ports, id, said);
  }
  if (story.kind === 'stopped') {
    await sleep(story.afterMs);
    const migration = await get(ports, id);
    await stopExecution(stack, migration);
    if (story.next === 'cancel' && !isClosed((await get(ports, id)).status)) {
      await cancelMigration(ports, id, said).catch(unlessNotSafe);
    }
  }
};

/** Cancels before the flip, rolls back after it. */
const rollBackNow = (ports: Ports, id: MigrationId): Promise<Migration> =>
  cancelMigration(ports, id, said).catch((error: unknown) => {
    unlessNotSafe(error);
    return rollbackMigration(ports, id, said);
  });

/** Retries until the migration has ended. */
const conclude = async ({ ports }: LiveStack, migration: Migration): Promise<Migration> => {
  let now = migration;
  for (let tries = 0; tries < 5 && !isClosed(now.status); tries += 1) {
    now = await ended(ports, await retry(ports, now.migrationId));
  }
  return now;
};

/** Retries. @returns the migration that runs now: the same one, or its repetition. */
const retry = async (ports: Ports, id: MigrationId): Promise<MigrationId> => {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return (await retryMigration(ports, id, 'test')).migrationId;
    } catch (error) {
      if (!(error instanceof NotSafe) || performance.now() > giveUpAt) throw error;
      await sleep(POLL_MS);
    }
  }
};

const unlessNotSafe = (error: unknown): void => {
  if (!(error instanceof NotSafe)) throw error;
};

const get = async (ports: Ports, id: MigrationId): Promise<Migration> => {
  const migration = await ports.migrations.get(id);
  if (!migration) throw new Error(`${id} is gone`);
  return migration;
};

const until = async (ports: Ports, id: MigrationId, hasCome: (migration: Migration) => boolean) => {
  while (!hasCome(await get(ports, id))) await sleep(POLL_MS);
};

/** Delays the first cutover for longer than its fence may last. */
const slowOnce = (stack: LiveStack, { at, ms }: Extract<Story, { kind: 'overBudget' }>) => {
  let isDone = false;
  const stand = async (where: typeof at) => {
    if (isDone || where !== at) return;
    isDone = true;
    await sleep(ms);
  };
  return (ports: Ports): Ports => {
    if (at === 'streams' && !isDone) {
      isDone = true;
      stack.pauseStreams(ms).catch(() => undefined);
    }
    return {
      ...ports,
      clock: {
        ...ports.clock,
        async sleep(...given) {
          await stand('lease');
          await ports.clock.sleep(...given);
        },
      },
      journal: {
        ...ports.journal,
        async entries(...given) {
          await stand('drain');
          return ports.journal.entries(...given);
        },
      },
      migrations: {
        ...ports.migrations,
        async transition(...given) {
          if (given[1] === 'holding') await stand('flip');
          return ports.migrations.transition(...given);
        },
      },
    };
  };
};
