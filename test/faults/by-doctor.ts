import { diagnose, diagnoseTenant } from '../../functions/migration/doctor/diagnose.ts';
import { makeMend } from '../../functions/migration/doctor/mend.ts';
import { Conflict } from '../../functions/migration/errors.ts';
import { isClosed } from '../../functions/migration/life-cycle.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import type { MigrationId, TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';

const PAUSE_MS = 50;
/** Number of repairs after which the doctor counts as repeating itself. */
const MOST = 10;
/** Pattern of the campaign's item keys, which no error may contain. */
const ITEM_KEY = /(?:SCHOOL|STUDENT)#/;
const said = { by: 'operator', reason: 'test' };

/**
 * Follows the doctor's commands for a stopped migration until the next command is `retry`.
 * @returns violations: the doctor names no command, or another migration.
 */
export const mendByDoctor = async (
  ports: Ports,
  { tenantId, migrationId, attempt }: Migration,
): Promise<readonly string[]> => {
  for (let mends = 0; mends < MOST; mends += 1) {
    // a running execution is no violation: the doctor is checked after its end
    if (await ports.workflow.isRunning(migrationId, attempt)) return [];
    const [first] = await diagnoseTenant(ports, tenantId, { pauseMs: PAUSE_MS });
    const now = await ports.migrations.get(migrationId);
    if (!now || now.attempt !== attempt || isClosed(now.status)) return [];
    if (!first) {
      // the dispatcher may have started the migration, or the tenant changed between the doctor's two reads
      if (mends < MOST - 1) continue;
      return [`doctor: finds nothing wrong with a migration that stopped as ${now.status}`];
    }
    const { id, what, next } = first;
    if (next.action === 'retry' && next.migrationId === migrationId) return [];
    if (next.action !== 'mend') return [`doctor: ${id}: ${what}`];
    try {
      await makeMend(ports, next.mend, said);
    } catch (error) {
      // the watchdog has reopened the fence first
      if (!(error instanceof Conflict)) throw error;
    }
  }
  return [`doctor: not done after ${MOST} mends`];
};

/** Clears the journal of an ended migration if the doctor finds that it has entries, by the doctor's command. */
export const clearLeftJournal = async (ports: Ports, migrationId: MigrationId): Promise<void> => {
  const { findings } = await diagnose(ports, { pauseMs: PAUSE_MS });
  const left = findings.find(({ id }) => id === `journal-left/${migrationId}`);
  if (left?.next?.action === 'mend') await makeMend(ports, left.next.mend, said);
};

/** Returns the doctor's findings for a tenant whose migration has ended, and errors that contain an item's key. */
export const wrongsOfDoctor = async (ports: Ports, tenantId: TenantId): Promise<readonly string[]> => {
  const found = await diagnoseTenant(ports, tenantId, { pauseMs: PAUSE_MS });
  const wrongs = found.map(({ id, what }) => `doctor: ${id}: ${what}`);
  for await (const { migrationId, failure } of ports.migrations.list({ tenantId }))
    if (failure && ITEM_KEY.test(failure.cause)) wrongs.push(`keys: the failure of ${migrationId} has one`);
  return wrongs;
};
