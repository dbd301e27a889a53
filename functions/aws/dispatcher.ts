import * as z from 'zod';
import { setRestWindows } from '../migration/capture/rest-windows.ts';
import { RecordDamaged } from '../migration/errors.ts';
import { considerMove } from '../migration/growth/consider-move.ts';
import type { MigrationId } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import { dispatch } from '../migration/queue/dispatch.ts';
import { reopenOverdueFences } from '../migration/routing/overdue-fences.ts';
import { unlessDamaged } from '../migration/unless-damaged.ts';
import { nameOf } from './errors.ts';
import { jsonText } from './parsing.ts';
import { handlerOf, type StageHandler, StageInput } from './stage.ts';

/** An execution has ended; a schedule's event says nothing of the kind. [Step Functions, EventBridge events: detail.input is text] */
const Ended = z.object({
  detail: z.object({ input: jsonText.pipe(StageInput) }),
});
/** An execution of any of the machines that has not succeeded. */
const Failed = z.object({
  detail: z.object({ status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']) }),
});
/** The result for an execution that is none of the migration's: nothing follows from its end. */
const OfAnother = z.object({
  detail: z.object({ stateMachineArn: z.string().regex(/-(roll-back|fence-watchdog)$/) }),
});

const BY = 'dispatcher';

/**
 * The dispatcher's handler, for a schedule and for the end of an execution. A tenant that has grown on while it was moved
 * is asked for again at the end. It is also the second watchdog of the fences, since it runs each minute whatever else has
 * stopped, and the one that counts failed executions and mappings that do not read, and lets capture rest.
 */
export const dispatcher = (): StageHandler =>
  handlerOf(async (ports, event) => {
    if (Failed.safeParse(event).success) ports.metrics.put({ FailedExecutions: 1 });
    // side by side: neither waits for the other, nor fails with it
    const [admitted, reopened] = await Promise.allSettled([
      admitAfter(ports, event),
      reopenOverdueFences(ports),
      countReaders(ports),
      restWindows(ports),
    ]);
    if (reopened.status === 'rejected') throw reopened.reason;
    if (admitted.status === 'rejected') throw admitted.reason;
    return { admitted: [...admitted.value], reopened: [...reopened.value] };
  });

const admitAfter = async (ports: Ports, event: unknown): Promise<readonly MigrationId[]> => {
  const ended = Ended.safeParse(event);
  const isMigration = !OfAnother.safeParse(event).success;
  if (ended.success && isMigration)
    await unlessDamaged(considerAgain(ports, ended.data.detail.input), undefined);
  return admitOrReport(ports);
};

/** If it fails there is no figure, which fires the same alarm as a mapping that does not read. */
const countReaders = async (ports: Ports): Promise<void> => {
  try {
    ports.metrics.put({ StreamsNotRead: await ports.streamReaders.countNotReading() });
  } catch (error) {
    ports.log.warn({ error: nameOf(error) }, 'it is not known whether streams are read');
  }
};

/** A window that was not set costs some calls of capture, and is set a minute later. */
const restWindows = async (ports: Ports): Promise<void> => {
  try {
    await setRestWindows(ports);
  } catch (error) {
    ports.log.warn({ error: nameOf(error) }, 'batching windows of tables at rest are not set');
  }
};

/**
 * Without the admission record it is unknown which migrations run, so no other is admitted. The invocation does not fail
 * for it: it is repeated each minute, and would fill the queue `Missed` with what the alarm on the metric says already.
 */
const admitOrReport = async (ports: Ports): Promise<readonly MigrationId[]> => {
  try {
    return await dispatch(ports);
  } catch (error) {
    if (!(error instanceof RecordDamaged)) throw error;
    const { name, table, key: record, field } = error;
    ports.log.warn({ error: name, table, record, field }, 'no migration is admitted');
    return [];
  }
};

const considerAgain = async (ports: Ports, { migrationId }: z.output<typeof StageInput>): Promise<void> => {
  const migration = await ports.migrations.get(migrationId);
  if (!migration || migration.dryRun) return;
  const tenant = await ports.registry.tenant(migration.tenantId);
  if (tenant) await considerMove(ports, tenant, BY);
};
