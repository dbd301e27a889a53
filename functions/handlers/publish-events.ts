import { createEventHandler } from '../aws/event-stream.ts';
import { publishEvents } from '../migration/events/publish-events.ts';

export const handler = createEventHandler(publishEvents);
