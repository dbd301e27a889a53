import { expect, test } from 'vitest';
import { epochMs } from '../../functions/migration/names.ts';
import { aMigration, newTableName } from '../support/records.ts';
import { inBothWorlds } from '../support/worlds.ts';

inBothWorlds('paces', (ports) => {
  test('a record is replaced only if it is as it was read, and each kind and table has its own', async () => {
    const { paces } = ports();
    const { migrationId } = aMigration();
    const key = { migrationId, kind: 'write', table: newTableName() } as const;
    const first = { until: epochMs(1_000), unitsPerSecond: 100 };
    const second = { until: epochMs(2_000.5), unitsPerSecond: 12.5 };
    expect(await paces.current(key)).toBeUndefined();
    expect(await paces.replace(key, first, second)).toBe(false);
    expect(await paces.replace(key, undefined, first)).toBe(true);
    expect(await paces.replace(key, undefined, second)).toBe(false);
    expect(await paces.replace(key, { ...first, unitsPerSecond: 99 }, second)).toBe(false);
    expect(await paces.replace(key, first, second)).toBe(true);
    expect(await paces.current(key)).toEqual(second);
    expect(await paces.current({ ...key, kind: 'read' })).toBeUndefined();
    expect(await paces.current({ ...key, table: newTableName() })).toBeUndefined();
  });

  test('of two workers that reserve at the same time, one succeeds', async () => {
    const { paces } = ports();
    const key = { migrationId: aMigration().migrationId, kind: 'read', table: newTableName() } as const;
    const done = await Promise.all(
      [1, 2, 3].map((n) => paces.replace(key, undefined, { until: epochMs(n), unitsPerSecond: n })),
    );
    expect(done.filter(Boolean)).toHaveLength(1);
  });
});
