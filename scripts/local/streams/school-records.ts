import type { StreamRecord } from './streams-client.ts';

/** True if an item under `SCHOOL#` was added or deleted: the filter of the mapping that counts schools. */
export const isOfSchool = ({ eventName, dynamodb }: StreamRecord): boolean =>
  eventName !== 'MODIFY' && dynamodb?.Keys?.entityKey?.S?.startsWith('SCHOOL#') === true;
