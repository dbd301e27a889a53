import * as z from 'zod';
import { Conflict } from '../migration/errors.ts';
import { statusWords } from '../migration/life-cycle.ts';
import { Migration, STAGES } from '../migration/migration.ts';
import type { EpochMs, MigrationId } from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';
import type { TransactionActions } from './records.ts';

export const META = 'META';

/**
 * Makes a condition of a transaction: the migration still has the status and attempt with which it was read.
 * @param also values that further fields must have.
 */
export const metaUnchanged = (
  table: string,
  { migrationId, status, attempt }: Migration,
  also: Readonly<Record<string, string>> = {},
): TransactionActions[number] => {
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

const time = named.number<EpochMs>();

/** In the record every stage has its times, empty until it starts, so that an update can set one of them. */
const stageTimes = z
  .record(z.enum(STAGES), z.object({ startedAt: time.optional(), endedAt: time.optional() }))
  .transform((stages) => {
    const startedStage: z.output<typeof Migration.shape.stages> = {};
    for (const stage of STAGES) {
      const { startedAt, endedAt } = stages[stage];
      if (startedAt !== undefined) startedStage[stage] = { startedAt, endedAt };
    }
    return startedStage;
  });

export const Latest = z.object({ latest: named.text<MigrationId>() });

export const Meta = Migration.extend({
  cutovers: Migration.shape.cutovers.default(0),
  stages: stageTimes,
});

/** The migration's record has changed since it was read, by another step or attempt. */
export const movedOn = ({ migrationId, status, attempt }: Migration): Conflict =>
  new Conflict(`${migrationId} is no longer ${statusWords(status)} in attempt ${attempt}`);
