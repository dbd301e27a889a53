import { expect, test } from 'vitest';
import { findings } from '../../../functions/migration/plan/findings.ts';
import { EMPTY_SURVEY } from '../../../functions/migration/plan/merge-surveys.ts';
import { parseSettings, TIER_TABLE_KEYS } from '../../../functions/migration/settings/settings.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, newTableName } from '../../support/records.ts';

const { partitionKey, sortKey } = TIER_TABLE_KEYS;
const { tableDesign } = parseSettings({});
const inverted = {
  name: 'inverted',
  partitionKey: sortKey,
  sortKey: partitionKey,
  projection: 'ALL' as const,
};
const byKey = { name: 'by-key', partitionKey: sortKey, projection: 'KEYS_ONLY' as const };

/**
 * Names of the indexes that a plan warns of, between two tables of which the source may have others than the design.
 */
const warned = async (design: typeof tableDesign, ofSource = design) => {
  const ports = fakePorts({ tableDesign: design });
  const migration = aMigration();
  await ports.tables.create(migration.source.table, ofSource);
  const [tier] = ports.settings.tiers;
  if (!tier) throw new Error('the catalogue has no tier');
  const found = await findings(ports, migration, {
    tier,
    target: newTableName(),
    description: undefined,
    schools: 1,
    registered: await ports.registry.allTables(),
    survey: EMPTY_SURVEY,
  });
  return found.flatMap(({ level, code, message }) =>
    code === 'index-of-table-keys' ? [[level, /index (\S+)/.exec(message)?.[1]]] : [],
  );
};

test('data F10: an index with only the table’s keys causes one warning, because it shows sentinels and copies', async () => {
  const indexes = [...tableDesign.indexes, inverted, byKey];
  expect(await warned({ ...tableDesign, indexes })).toEqual([
    ['warning', 'inverted'],
    ['warning', 'by-key'],
  ]);
  expect(await warned(tableDesign, { ...tableDesign, indexes: [inverted] })).toEqual([
    ['warning', 'inverted'],
  ]);
});

test('an index with an attribute of the application’s causes none, because it contains no sentinel', async () => {
  expect(await warned(tableDesign)).toEqual([]);
});
