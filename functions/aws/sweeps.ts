import * as z from 'zod';
import type { SweepState, Sweeps } from '../migration/growth/sweeps-port.ts';
import type { EpochMs, TenantId } from '../migration/names.ts';
import { named } from './parsing.ts';
import type { Records } from './records.ts';
import { sameFieldsAs } from './same-fields.ts';

const KEY = { migrationId: 'SWEEP', part: 'STATE' };
const KEY_TEXT = `${KEY.migrationId}/${KEY.part}`;

export const SweepRecord = z
  .object({
    after: named.text<TenantId>().optional(),
    endedAt: named.number<EpochMs>().optional(),
  })
  .apply(sameFieldsAs<SweepState>());

/** Stores the progress of the sweep in `SWEEP` + `STATE` of the migrations table. */
export const sweepsIn = (records: Records, table: string): Sweeps => ({
  current: async () =>
    records.parse(SweepRecord, { table, key: KEY_TEXT }, (await records.get(table, KEY)) ?? {}),
  async save(state) {
    await records.put({ TableName: table, Item: { ...KEY, ...state } });
  },
});
