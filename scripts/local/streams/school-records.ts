import type { StreamRecord } from './streams-client.ts';

/** The filter of the mapping that counts schools: items under `SCHOOL#` that came or went. */
export const isOfSchool = ({ eventName, dynamodb }: StreamRecord): boolean =>
  eventName !== 'MODIFY' && dynamodb?.Keys?.entityKey?.S?.startsWith('SCHOOL#') === true;
