import * as z from 'zod';
import { considerMove } from '../migration/growth/consider-move.ts';
import type { Ports } from '../migration/ports.ts';
import { dispatch } from '../migration/queue/dispatch.ts';
import { handlerOf, type StageHandler, StageInput } from './stage.ts';

/** An execution has ended; a schedule's event says nothing of the kind. [Step Functions, EventBridge events: detail.input is text] */
const Ended = z.object({
  detail: z.object({ input: z.string().transform((text) => StageInput.parse(JSON.parse(text))) }),
});

const BY = 'dispatcher';

/**
 * The dispatcher's handler, for a schedule and for the end of an execution. A tenant that has grown on while it was moved
 * is asked for again at the end.
 */
export const dispatcher = (): StageHandler =>
  handlerOf(async (ports, event) => {
    const ended = Ended.safeParse(event);
    if (ended.success) await considerAgain(ports, ended.data.detail.input);
    return { admitted: [...(await dispatch(ports))] };
  });

const considerAgain = async (ports: Ports, { migrationId }: z.output<typeof StageInput>): Promise<void> => {
  const migration = await ports.migrations.get(migrationId);
  if (!migration || migration.dryRun) return;
  const tenant = await ports.registry.tenant(migration.tenantId);
  if (tenant) await considerMove(ports, tenant, BY);
};
