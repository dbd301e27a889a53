import type { Migration } from '../migration/migration.ts';
import type { Actions } from './records.ts';

export const META = 'META';

/**
 * Makes a condition of a transaction: the migration still has the status and attempt with which it was read.
 * @param also values that further fields must have.
 */
export const metaAsRead = (
  table: string,
  { migrationId, status, attempt }: Migration,
  also: Readonly<Record<string, string>> = {},
): Actions[number] => {
  const wanted = { status, attempt, ...also };
  const fields = Object.keys(wanted);
  return {
    ConditionCheck: {
      TableName: table,
      Key: { migrationId, part: META },
      ConditionExpression: fields.map((field) => `#${field} = :${field}`).join(' AND '),
      ExpressionAttributeNames: Object.fromEntries(fields.map((field) => [`#${field}`, field])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(wanted).map(([field, value]) => [`:${field}`, value]),
      ),
    },
  };
};
