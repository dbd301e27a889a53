import { expect, test } from 'vitest';
import { epochMs, type TierName } from '../../functions/migration/names.ts';
import { aMigration, newTableName } from '../support/records.ts';
import { inBothWorlds } from '../support/worlds.ts';

const newEntry = (target?: string) => ({
  migrationId: aMigration().migrationId,
  source: newTableName(),
  ...(target === undefined ? {} : { target: target as TierName }),
  at: epochMs(7),
});

inBothWorlds('admissions', (ports) => {
  test('a replaced record is read as it was written, even with no migration left in it', async () => {
    const { admissions } = ports();
    for (const admitted of [[newEntry('premium'), newEntry()], [newEntry()], []]) {
      const before = await admissions.current();
      expect(await admissions.replace(before, admitted)).toBe(true);
      expect(await admissions.current()).toEqual({ version: before.version + 1, admitted });
    }
  });

  test('of concurrent dispatchers one succeeds, and a record that changed in between is not replaced', async () => {
    const { admissions } = ports();
    const before = await admissions.current();
    const all = Array.from({ length: 5 }, () => [newEntry()]);
    const answers = await Promise.all(all.map((admitted) => admissions.replace(before, admitted)));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect((await admissions.current()).admitted).toEqual(all[answers.indexOf(true)]);
    expect(await admissions.replace(before, [])).toBe(false);
    expect((await admissions.current()).admitted).toHaveLength(1);
  });
});
