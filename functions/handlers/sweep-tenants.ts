import { handlerOf, sliceOf } from '../aws/stage.ts';
import { sweepSlice } from '../migration/triggers/sweep-slice.ts';

export const handler = handlerOf(async (ports, _event, context) => {
  const { tenants, isDone } = await sweepSlice(ports, sliceOf(ports, context));
  return { tenants, isDone };
});
