import { SweepState, type Sweeps } from '../migration/growth/sweeps-port.ts';
import type { Records } from './records.ts';

const KEY = { migrationId: 'SWEEP', part: 'STATE' };
const KEY_TEXT = `${KEY.migrationId}/${KEY.part}`;

/** Stores the progress of the sweep in `SWEEP` + `STATE` of the migrations table. */
export const sweepsIn = (records: Records, table: string): Sweeps => ({
  current: async () =>
    records.parse(SweepState, { table, key: KEY_TEXT }, (await records.get(table, KEY)) ?? {}),
  async save(state) {
    await records.put({ TableName: table, Item: { ...KEY, ...state } });
  },
});
