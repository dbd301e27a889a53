import { type PaceKey, PaceRecord, type Paces } from '../migration/partition/paces-port.ts';
import type { Records } from './records.ts';
import { updateOf } from './update.ts';

export const PACE = 'PACE#';

/** Stores the state of rate limits in `migrationId` + `PACE#kind#table` of the migrations table. */
export const writeLimitsIn = (records: Records, table: string): Paces => {
  const keyOf = ({ migrationId, kind, table: paced }: PaceKey) => ({
    migrationId,
    part: `${PACE}${kind}#${paced}`,
  });
  return {
    async current(key) {
      const found = await records.get(table, keyOf(key));
      return found && records.parse(PaceRecord, { table, key: Object.values(keyOf(key)).join('/') }, found);
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
