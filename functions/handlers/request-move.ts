import { MoveRequestEvent } from '../aws/move-request.ts';
import { handlerOf } from '../aws/step.ts';
import { requestMove } from '../migration/growth/request-move.ts';

export const handler = handlerOf(async (ports, event) => {
  await requestMove(ports, MoveRequestEvent.parse(event).detail);
  return null;
});
