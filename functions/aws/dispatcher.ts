import * as z from 'zod';
import { reopenOverdueFences } from '../migration/cutover/overdue-fences.ts';
import { RecordDamaged } from '../migration/errors.ts';
import { fallbackIfDamaged } from '../migration/fallback-if-damaged.ts';
import { requestMoveIfNeeded } from '../migration/growth/request-move-if-needed.ts';
import { setIdleWindows } from '../migration/journal/capture-windows.ts';
import type { MigrationId } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import { admitQueued } from '../migration/queue/admit-queued.ts';
import { nameOf } from './errors.ts';
import { jsonText } from './parsing.ts';
import { handlerOf, type StepHandler, StepInput } from './step.ts';

/**
 * Event of an ended execution; the event of a schedule does not match. [Step Functions, EventBridge events: detail.input is
 * text]
 */
const ExecutionEndedEvent = z.object({
  detail: z.object({ input: jsonText.pipe(StepInput) }),
});
/** Event of an execution of any of our state machines that has not succeeded. */
const ExecutionFailedEvent = z.object({
  detail: z.object({ status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']) }),
});
/** Event of an execution of another machine than the migration's, whose end has no consequences. */
const OtherMachineEvent = z.object({
  detail: z.object({ stateMachineArn: z.string().regex(/-(rollback|fence-watchdog)$/) }),
});

const DISPATCHER = 'dispatcher';

/**
 * Creates the dispatcher's handler, for a schedule and for the end of an execution. It admits migrations, and requests
 * another move if the tenant has grown further during the first. It runs each minute whatever else has stopped. So it is
 * also the second watchdog of the fences, counts failed executions and mappings that do not read, and sets the batching
 * windows of tables at rest.
 */
export const createDispatcher = (): StepHandler =>
  handlerOf(async (ports, event) => {
    if (ExecutionFailedEvent.safeParse(event).success) ports.metrics.put({ FailedExecutions: 1 });
    // concurrent, so that none waits for another or fails with it
    const [admitted, reopened] = await Promise.allSettled([
      admitAfter(ports, event),
      reopenOverdueFences(ports),
      countReaders(ports),
      setRestWindows(ports),
    ]);
    if (reopened.status === 'rejected') throw reopened.reason;
    if (admitted.status === 'rejected') throw admitted.reason;
    return { admitted: [...admitted.value], reopened: [...reopened.value] };
  });

const admitAfter = async (ports: Ports, event: unknown): Promise<readonly MigrationId[]> => {
  const ended = ExecutionEndedEvent.safeParse(event);
  const isMigration = !OtherMachineEvent.safeParse(event).success;
  if (ended.success && isMigration)
    await fallbackIfDamaged(requestFurtherMove(ports, ended.data.detail.input), undefined);
  return admitOrReport(ports);
};

/** Counts mappings that do not read. If it fails there is no metric, which fires the same alarm. */
const countReaders = async (ports: Ports): Promise<void> => {
  try {
    ports.metrics.put({ StreamsNotRead: await ports.streamReaders.countNotReading() });
  } catch (error) {
    ports.log.warn({ error: nameOf(error) }, 'cannot determine whether the streams are read');
  }
};

/** Sets batching windows. A failure costs some calls of capture, and is repaired a minute later. */
const setRestWindows = async (ports: Ports): Promise<void> => {
  try {
    await setIdleWindows(ports);
  } catch (error) {
    ports.log.warn(
      { error: nameOf(error) },
      'batching windows of tables at rest were not set; trying again in a minute',
    );
  }
};

/**
 * Admits migrations. If the admission record is damaged it is unknown which migrations are running, so none is admitted.
 * The invocation does not fail then: it is repeated each minute, and would only fill the dead-letter queue, while an alarm
 * on the metric has fired already.
 */
const admitOrReport = async (ports: Ports): Promise<readonly MigrationId[]> => {
  try {
    return await admitQueued(ports);
  } catch (error) {
    if (!(error instanceof RecordDamaged)) throw error;
    const { name, table, key: record, field } = error;
    ports.log.warn(
      { error: name, table, record, field },
      'no migration was admitted: the admission record is damaged',
    );
    return [];
  }
};

const requestFurtherMove = async (
  ports: Ports,
  { migrationId }: z.output<typeof StepInput>,
): Promise<void> => {
  const migration = await ports.migrations.get(migrationId);
  if (!migration || migration.dryRun) return;
  const tenant = await ports.registry.tenant(migration.tenantId);
  if (tenant) await requestMoveIfNeeded(ports, tenant, DISPATCHER);
};
