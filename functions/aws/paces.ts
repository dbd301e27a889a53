import * as z from 'zod';
import type { EpochMs } from '../migration/names.ts';
import type { PaceKey, PaceRecord, Paces } from '../migration/partition/paces-port.ts';
import { named } from './parsing.ts';
import type { Records } from './records.ts';
import { sameFieldsAs } from './same-fields.ts';
import { updateOf } from './update.ts';

export const PACE = 'PACE#';

export const WriteLimitRecord = z
  .object({
    until: named.number<EpochMs>(),
    unitsPerSecond: z.number().positive(),
  })
  .apply(sameFieldsAs<PaceRecord>());

/** Stores the state of rate limits in `migrationId` + `PACE#kind#table` of the migrations table. */
export const writeLimitsIn = (records: Records, table: string): Paces => {
  const keyOf = ({ migrationId, kind, table: paced }: PaceKey) => ({
    migrationId,
    part: `${PACE}${kind}#${paced}`,
  });
  return {
    async current(key) {
      const found = await records.get(table, keyOf(key));
      return (
        found && records.parse(WriteLimitRecord, { table, key: Object.values(keyOf(key)).join('/') }, found)
      );
    },
    replace: (key, from, { until, unitsPerSecond }) =>
      records.update({
        TableName: table,
        Key: keyOf(key),
        ...updateOf({
          set: { until, unitsPerSecond },
          ...(from
            ? {
                condition: '#until = :fromUntil AND #unitsPerSecond = :fromUnits',
                values: { ':fromUntil': from.until, ':fromUnits': from.unitsPerSecond },
              }
            : { condition: 'attribute_not_exists(part)' }),
        }),
      }),
  };
};
