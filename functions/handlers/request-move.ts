import { MoveRequestEvent } from '../aws/move-request.ts';
import { handlerOf } from '../aws/stage.ts';
import { moveByEvent } from '../migration/triggers/move-by-event.ts';

export const handler = handlerOf(async (ports, event) => {
  await moveByEvent(ports, MoveRequestEvent.parse(event).detail);
  return null;
});
