import * as z from 'zod';
import { considerMove } from '../migration/growth/consider-move.ts';
import type { MigrationId } from '../migration/names.ts';
import type { Ports } from '../migration/ports.ts';
import { dispatch } from '../migration/queue/dispatch.ts';
import { reopenOverdueFences } from '../migration/routing/overdue-fences.ts';
import { handlerOf, type StageHandler, StageInput } from './stage.ts';

/** An execution has ended; a schedule's event says nothing of the kind. [Step Functions, EventBridge events: detail.input is text] */
const Ended = z.object({
  detail: z.object({ input: z.string().transform((text) => StageInput.parse(JSON.parse(text))) }),
});

const BY = 'dispatcher';

/**
 * The dispatcher's handler, for a schedule and for the end of an execution. A tenant that has grown on while it was moved
 * is asked for again at the end. It is also the second watchdog of the fences, since it runs each minute whatever else has
 * stopped.
 */
export const dispatcher = (): StageHandler =>
  handlerOf(async (ports, event) => {
    // side by side: neither waits for the other, nor fails with it
    const [admitted, reopened] = await Promise.allSettled([
      admitAfter(ports, event),
      reopenOverdueFences(ports),
    ]);
    if (reopened.status === 'rejected') throw reopened.reason;
    if (admitted.status === 'rejected') throw admitted.reason;
    return { admitted: [...admitted.value], reopened: [...reopened.value] };
  });

const admitAfter = async (ports: Ports, event: unknown): Promise<readonly MigrationId[]> => {
  const ended = Ended.safeParse(event);
  if (ended.success) await considerAgain(ports, ended.data.detail.input);
  return dispatch(ports);
};

const considerAgain = async (ports: Ports, { migrationId }: z.output<typeof StageInput>): Promise<void> => {
  const migration = await ports.migrations.get(migrationId);
  if (!migration || migration.dryRun) return;
  const tenant = await ports.registry.tenant(migration.tenantId);
  if (tenant) await considerMove(ports, tenant, BY);
};
