import { handlerOf, sliceDeadlineOf } from '../aws/step.ts';
import { sweepTenants } from '../migration/growth/sweep-tenants.ts';

export const handler = handlerOf(async (ports, _event, context) => {
  const { tenants, isDone } = await sweepTenants(ports, sliceDeadlineOf(ports, context));
  return { tenants, isDone };
});
