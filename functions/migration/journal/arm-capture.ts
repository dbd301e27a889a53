import { CaptureNotArmed } from '../errors.ts';
import { layoutOf } from '../items/key-layout.ts';
import { lastSentinelKeys } from '../items/sentinel.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs, TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { currentRoute } from '../route/current-route.ts';
import { arm, type Side } from '../route/route.ts';
import { placeSentinels } from './place-sentinels.ts';
import { noteArmed } from './proof-of-capture.ts';

const MS = 1_000;
/** Minimum time between two polls, in s, and the approximate number of polls while the time waited so far doubles. */
const MIN_POLL_SECONDS = 1;
const POLLS_PER_WAIT = 60;
/** Time for which a step polls for the test change before it returns, and the time between two polls, in ms. */
const STEP_POLLS = { forMs: 1_000, everyMs: 50 };

/**
 * Starts journalling changes of one side and reports whether a test change has arrived. Do not rely on capture before
 * it has.
 * @param since when the wait began.
 * @throws CaptureNotArmed if no change arrived within `maxProvisionMs`.
 * @throws Conflict if route or migration has moved on.
 * @throws RouteMoved if another migration's capture is armed.
 */
export const armCapture = async (
  ports: Ports,
  migration: Migration,
  { side, table, since }: { readonly side: Side; readonly table: TableName; readonly since: EpochMs },
): Promise<{ armed: boolean; waitSeconds: number }> => {
  const { migrationId, status, attempt } = migration;
  const route = await currentRoute(ports, migration);
  const armed = arm(route, { migrationId, side, table });
  let current = migration;
  if (armed !== route) {
    // in one transaction with the migration's record: a late step must not arm capture for a migration that has ended
    current = await ports.migrations.transition(
      migration,
      status,
      {
        who: `workflow, attempt ${attempt}`,
        reason: `capture armed on the ${side}, ${table}`,
        at: ports.clock.now(),
      },
      {},
      { from: route, to: armed },
    );
  }
  const proofs = lastSentinelKeys(`armed-${side}-${attempt}`, layoutOf(ports.settings));
  const hasArrived = async () =>
    (await ports.journal.journalledAmong(migrationId, side, proofs)).size === proofs.length;
  const note = async () => {
    await noteArmed(ports, current, { side, table });
    return { armed: true, waitSeconds: 0 };
  };
  if (await hasArrived()) return note();
  if (ports.clock.now() - since > ports.settings.maxProvisionMs) {
    throw new CaptureNotArmed(
      `no change of ${table} has arrived through its stream. The tenant's items are unchanged. Check that the stream is mapped to CaptureChanges and that the function runs`,
    );
  }
  await placeSentinels(ports, migration, table, proofs);
  const until = ports.clock.monotonic() + STEP_POLLS.forMs;
  while (ports.clock.monotonic() < until) {
    await ports.clock.sleep(STEP_POLLS.everyMs);
    if (await hasArrived()) return note();
  }
  return { armed: false, waitSeconds: armPollSeconds(ports, since) };
};

/**
 * Returns the seconds until the next poll. They grow with the time waited so far, since a stream may take many minutes.
 */
export const armPollSeconds = (
  { clock }: Pick<Ports, 'clock'>,
  since: EpochMs,
  shortest = MIN_POLL_SECONDS,
): number => Math.max(shortest, Math.ceil((clock.now() - since) / MS / POLLS_PER_WAIT));
