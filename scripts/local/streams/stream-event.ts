import type { JSONValue } from '../json.ts';
import type { StreamRecord } from './streams-client.ts';

type JSONObject = { [key: string]: JSONValue };

/**
 * Converts a record to the form that Lambda passes to a function: JSON with binary values in base64, times in seconds, and
 * the fields of `userIdentity` in lower camel case, unlike those of GetRecords.
 */
export const eventRecord = (
  eventSourceARN: string,
  { userIdentity, ...record }: StreamRecord,
): JSONObject => ({
  ...objectOf(record),
  ...(userIdentity
    ? { userIdentity: objectOf({ type: userIdentity.Type, principalId: userIdentity.PrincipalId }) }
    : {}),
  eventSourceARN,
});

export const tableOf = (streamArn: string): string => streamArn.split('/')[1] ?? streamArn;

const objectOf = (value: object): JSONObject =>
  Object.fromEntries(
    Object.entries(value)
      .filter(([, given]) => given !== undefined)
      .map(([name, given]) => [name, jsonOf(given)]),
  );

const jsonOf = (value: unknown): JSONValue => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.getTime() / 1_000;
  if (Array.isArray(value)) return value.map(jsonOf);
  return typeof value === 'object' && value !== null ? objectOf(value) : null;
};
