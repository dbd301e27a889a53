import { createStreamHandler } from '../aws/stream.ts';
import { captureChanges } from '../migration/journal/capture-changes.ts';

export const handler = createStreamHandler(captureChanges);
