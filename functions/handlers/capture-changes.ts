import { createStreamHandler } from '../aws/stream.ts';
import { takeChanges } from '../migration/growth/take-changes.ts';

export const handler = createStreamHandler(takeChanges);
