import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { isSentinel } from '../../functions/migration/items/sentinel.ts';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { MigrationId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import { SeededRandom } from '../../scripts/demo/random.ts';
import { addTenant } from '../support/tenants.ts';
import { findViolations, type Violation } from './linearizability.ts';
import { type LiveStack, startLiveStack } from './live-stack.ts';
import { hotKeys, startLoad } from './run-history.ts';

/** Maximum number of migrations: one in which nothing is lost by luck proves nothing, and another is run. */
const TRIES = 8;
const ITEMS = 60;
/** Maximum time between two operations of a client, in ms. */
const PAUSE_MS = 150;
/** The same where clients that write more often would hide the flaw: a drain continues while they write. */
const LONG_PAUSE_MS = 1_000;
const TIMEOUT_MS = 480_000;

let stack: LiveStack | undefined;
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
});

/** Returns the violations that clients find around the flip of a deliberately broken cutover. */
const violationsWith = async (change?: (ports: Ports) => Ports, pauseMs = PAUSE_MS): Promise<Violation[]> => {
  stack = await startLiveStack(SETTINGS);
  for (let n = 0; n < TRIES; n += 1) {
    const tenantId = `broken-${n}`;
    await addTenant(stack.ports, { tenantId, items: ITEMS });
    if (change) stack.disturb(tenantId, { alters: { state: 'CutOver', change } });
    const keys = hotKeys(new SeededRandom(tenantId), ITEMS);
    const { load, close } = startLoad(stack, {
      tenantId,
      keys,
      seed: tenantId,
      waits: { longest: 0, tooShort: 0 },
      pauseMs,
    });
    try {
      const request = { tenantId, toTier: 'advanced', holdMs: 60_000, requestedBy: 'test', reason: 'test' };
      await flippedOrClosed(stack.ports, (await requestMigration(stack.ports, request)).migrationId);
      await sleep(stack.ports.settings.leaseMs);
    } finally {
      await load.stop();
      close();
    }
    const violations = findViolations(load.history.operations());
    if (violations.length > 0 || !change) return violations;
  }
  return [];
};

/** Waits until the migration has flipped or ended: a broken cutover may detect its own violation. */
const flippedOrClosed = async (ports: Ports, id: MigrationId): Promise<void> => {
  for (;;) {
    const migration = await ports.migrations.get(id);
    if (!migration || migration.flippedAt !== undefined || isClosed(migration.status)) return;
    await sleep(20);
  }
};

/** Settings without full comparisons, so that only the protocol's order prevents a loss. */
const SETTINGS = { leaseMs: 6_000, cutoverLeaseMs: 6_000, maxFenceMs: 30_000, fencedComparisonMs: 0 };

test('a fence that does not wait for the leases to end is found', {
  timeout: TIMEOUT_MS,
}, async () => {
  const hurried = (ports: Ports): Ports => {
    const { leaseMs, leaseGraceMs } = ports.settings;
    let isFenced = false;
    let skipped = 0;
    return {
      ...ports,
      migrations: {
        ...ports.migrations,
        async transition(...given) {
          const next = await ports.migrations.transition(...given);
          isFenced = given[1] === 'cuttingOver';
          return next;
        },
      },
      clock: {
        ...ports.clock,
        monotonic: () => ports.clock.monotonic() + skipped,
        // skips the whole wait: in parts, the polls in between would take as long as the leases
        async sleep(...given) {
          if (!isFenced || skipped > 0) return ports.clock.sleep(...given);
          skipped = leaseMs + leaseGraceMs;
        },
      },
    };
  };
  expect(await violationsWith(hurried, LONG_PAUSE_MS)).not.toEqual([]);
});

test('a drain that skips changes is found', { timeout: TIMEOUT_MS }, async () => {
  const deaf = (ports: Ports): Ports => ({
    ...ports,
    journal: {
      ...ports.journal,
      entries: async (...given) =>
        (await ports.journal.entries(...given)).filter(({ key }) => isSentinel(key)),
    },
    migrations: {
      ...ports.migrations,
      async transition(...given) {
        // gives clients time for writes that the broken cutover loses
        if (given[1] === 'cuttingOver') await sleep(300);
        return ports.migrations.transition(...given);
      },
    },
  });
  expect(await violationsWith(deaf)).not.toEqual([]);
});

test('neither is found in the real protocol', { timeout: TIMEOUT_MS }, async () => {
  expect(await violationsWith()).toEqual([]);
});
