import { CaptureNotArmed } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { EpochMs, TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { currentRoute } from '../routing/current-route.ts';
import { arm, type Side } from '../routing/route.ts';
import { placeSentinels } from './place-sentinels.ts';
import { noteArmed } from './proof.ts';
import { lastSentinelKey } from './sentinel.ts';

const LOOK_SECONDS = 1;

/**
 * Has changes on one side journalled, and says whether one has come through: only then may be leant on it.
 * @param since when the waiting began. @throws CaptureNotArmed where nothing came through within `maxProvisionMs`.
 * @throws Conflict where route or migration has moved on. @throws RouteMoved where another migration's capture is armed.
 */
export const armCapture = async (
  ports: Ports,
  migration: Migration,
  { side, table, since }: { readonly side: Side; readonly table: TableName; readonly since: EpochMs },
): Promise<{ armed: boolean; waitSeconds: number }> => {
  const { migrationId, tenantId, status, attempt } = migration;
  const route = await currentRoute(ports, migration);
  const armed = arm(route, { migrationId, side, table });
  if (armed !== route) {
    // with the migration's record: a step that comes late must not arm for a migration that is over
    await ports.migrations.transition(
      migration,
      status,
      {
        who: `workflow, attempt ${attempt}`,
        why: `capture armed on the ${side}, ${table}`,
        at: ports.clock.now(),
      },
      {},
      { from: route, to: armed },
    );
  }
  const proof = lastSentinelKey(`armed-${side}-${attempt}`);
  if ((await ports.journal.marked(migration.migrationId, side, [proof])).has(proof)) {
    await noteArmed(ports, migration, { side, table });
    return { armed: true, waitSeconds: 0 };
  }
  if (ports.clock.now() - since > ports.settings.maxProvisionMs) {
    throw new CaptureNotArmed(
      `no change of ${table} came through its stream; is the table's stream mapped to CaptureChanges, and does that run?`,
    );
  }
  await placeSentinels(ports, tenantId, table, [proof]);
  return { armed: false, waitSeconds: LOOK_SECONDS };
};
