import { expect, test } from 'vitest';
import { tableDifferences } from '../../../functions/migration/provision/table-differences.ts';
import type { TableDescription } from '../../../functions/migration/provision/tables-port.ts';
import { parseSettings, TIER_TABLE_KEYS } from '../../../functions/migration/settings/settings.ts';

const design = { ...parseSettings({}).tableDesign, kmsKeyArn: 'arn:key' };
const asDesigned: TableDescription = {
  status: 'ACTIVE',
  ...TIER_TABLE_KEYS,
  indexes: design.indexes.map((index) => ({ ...index, active: true })),
  hasLocalIndexes: false,
  streamView: 'NEW_AND_OLD_IMAGES',
  ttlAttribute: 'expiresAt',
  kmsKeyArn: 'arn:key',
  pointInTimeRecovery: true,
  deletionProtection: false,
};
const [first, ...others] = asDesigned.indexes;

test('a table that matches the catalogue has no differences', () => {
  expect(tableDifferences(asDesigned, design)).toEqual([]);
});

test.each<[string, Partial<TableDescription>]>([
  [
    'partition key is id (S), should be tenantId (S)',
    { partitionKey: { ...TIER_TABLE_KEYS.partitionKey, name: 'id' } },
  ],
  ['sort key is absent, should be entityKey (S)', { sortKey: undefined }],
  [
    'sort key is entityKey (B), should be entityKey (S)',
    { sortKey: { ...TIER_TABLE_KEYS.sortKey, type: 'B' } },
  ],
  ['index by-entity-type is absent', { indexes: others }],
  [
    'index by-teacher is not in the catalogue',
    {
      indexes: [
        ...asDesigned.indexes,
        { ...TIER_TABLE_KEYS, name: 'by-teacher', projection: 'ALL', active: true },
      ],
    },
  ],
  [
    'projection of index by-entity-type is KEYS_ONLY, should be ALL',
    { indexes: first ? [{ ...first, projection: 'KEYS_ONLY' }, ...others] : [] },
  ],
  [
    'partition key of index by-entity-type is tenantEntityType (N), should be tenantEntityType (S)',
    {
      indexes: first ? [{ ...first, partitionKey: { name: 'tenantEntityType', type: 'N' } }, ...others] : [],
    },
  ],
  ['stream view is absent, should be NEW_AND_OLD_IMAGES', { streamView: undefined }],
  ['TTL attribute is absent, should be expiresAt', { ttlAttribute: undefined }],
  ['encryption key is absent, should be arn:key', { kmsKeyArn: undefined }],
  ['point-in-time recovery is false, should be true', { pointInTimeRecovery: false }],
  ['deletion protection is true, should be false', { deletionProtection: true }],
])('%s', (difference, change) => {
  expect(tableDifferences({ ...asDesigned, ...change }, design)).toEqual([difference]);
});

test('an engine without continuous backups cannot differ in them', () => {
  expect(tableDifferences({ ...asDesigned, pointInTimeRecovery: 'unknown' }, design)).toEqual([]);
});

test('recovery that is being enabled is not a difference, unless there should be none', () => {
  const enabling = { ...asDesigned, pointInTimeRecovery: 'enabling' as const };
  expect(tableDifferences(enabling, design)).toEqual([]);
  expect(tableDifferences(enabling, { ...design, pointInTimeRecovery: false })).toHaveLength(1);
});
