import { expect, test } from 'vitest';
import type { TableDescription } from '../../functions/migration/ports.ts';
import { tableDifferences } from '../../functions/migration/provision/table-differences.ts';
import { parseSettings } from '../../functions/migration/settings.ts';

const design = { ...parseSettings({}).tableDesign, kmsKeyArn: 'arn:key' };
const asDesigned: TableDescription = {
  status: 'ACTIVE',
  partitionKey: 'tenantId',
  sortKey: 'entityKey',
  indexes: design.indexes.map(({ name, partitionKey, sortKey, projection }) => ({
    name,
    partitionKey: partitionKey.name,
    ...(sortKey ? { sortKey: sortKey.name } : {}),
    projection,
    active: true,
  })),
  hasLocalIndexes: false,
  streamView: 'NEW_AND_OLD_IMAGES',
  ttlAttribute: 'expiresAt',
  kmsKeyArn: 'arn:key',
  pointInTimeRecovery: true,
  deletionProtection: false,
};
const [first, ...others] = asDesigned.indexes;

test('a table as the catalogue asks differs in nothing', () => {
  expect(tableDifferences(asDesigned, design)).toEqual([]);
});

test.each<[string, Partial<TableDescription>]>([
  ['partition key is id, should be tenantId', { partitionKey: 'id' }],
  ['sort key is absent, should be entityKey', { sortKey: undefined }],
  ['index by-entity-type is absent', { indexes: others }],
  [
    'index by-teacher is not in the catalogue',
    {
      indexes: [
        ...asDesigned.indexes,
        { name: 'by-teacher', partitionKey: 'x', projection: 'ALL', active: true },
      ],
    },
  ],
  [
    'projection of index by-entity-type is KEYS_ONLY, should be ALL',
    { indexes: first ? [{ ...first, projection: 'KEYS_ONLY' }, ...others] : [] },
  ],
  ['stream view is absent, should be NEW_AND_OLD_IMAGES', { streamView: undefined }],
  ['TTL attribute is absent, should be expiresAt', { ttlAttribute: undefined }],
  ['encryption key is absent, should be arn:key', { kmsKeyArn: undefined }],
  ['point-in-time recovery is false, should be true', { pointInTimeRecovery: false }],
  ['deletion protection is true, should be false', { deletionProtection: true }],
])('%s', (difference, change) => {
  expect(tableDifferences({ ...asDesigned, ...change }, design)).toEqual([difference]);
});

test('an engine without continuous backups can not differ in them', () => {
  expect(tableDifferences({ ...asDesigned, pointInTimeRecovery: 'unknown' }, design)).toEqual([]);
});
