import { stream } from '../aws/stream.ts';
import { captureChanges } from '../migration/capture/capture-changes.ts';

export const handler = stream(captureChanges);
