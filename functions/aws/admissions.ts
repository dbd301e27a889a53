import * as z from 'zod';
import type { Admissions } from '../migration/queue/admissions-port.ts';
import { AdmissionSlot } from '../migration/queue/pick-admissions.ts';
import type { Records } from './records.ts';
import { updateOf } from './update.ts';

const KEY = { migrationId: 'ADMISSION', part: 'ADMITTED' };
const KEY_NAME = `${KEY.migrationId}/${KEY.part}`;

export const AdmissionRecord = z.object({
  version: z.number(),
  admitted: z.array(AdmissionSlot),
});

/** Stores the admitted migrations in `ADMISSION` + `ADMITTED` of the migrations table: 150 bytes for each. */
export const admissionsIn = (records: Records, table: string): Admissions => ({
  async current() {
    const found = await records.get(table, KEY);
    return found
      ? records.parse(AdmissionRecord, { table, key: KEY_NAME }, found)
      : { version: 0, admitted: [] };
  },

  replace: ({ version }, admitted) =>
    records.update({
      TableName: table,
      Key: KEY,
      ...updateOf({
        set: { version: version + 1, admitted },
        condition: version === 0 ? 'attribute_not_exists(#version)' : '#version = :before',
        values: version === 0 ? {} : { ':before': version },
      }),
    }),
});
