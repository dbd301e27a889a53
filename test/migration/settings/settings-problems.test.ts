import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseConfig } from '../../../functions/migration/settings/config.ts';
import {
  type KeyAttribute,
  parseSettings,
  type SettingsInput,
} from '../../../functions/migration/settings/settings.ts';

const { tableDesign } = parseSettings({});
const tier = (name: string, more: object = {}) => ({
  name,
  placement: 'shared' as const,
  maxTenants: 5,
  ...more,
});
const key = (name: string, type: KeyAttribute['type'] = 'S') => ({ name, type });
const index = (name: string, ...[partitionKey, sortKey]: KeyAttribute[]) => ({
  name,
  partitionKey: partitionKey ?? key('tenantSchool'),
  ...(sortKey ? { sortKey } : {}),
});
const design = (more: object) => ({ tableDesign: { ...tableDesign, ...more } });
const indexes = (...all: object[]) => design({ indexes: all });

/** The refused fields, each with its reason. */
const refused = (settings: object): [field: string, reason: string][] => {
  try {
    parseSettings(settings);
    return [];
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return error.issues.map(({ path, message }) => [path.join('.'), message]);
  }
};

test.each<[string, SettingsInput | object, string, RegExp]>([
  ['two tiers of one name', { tiers: [tier('a'), tier('a')] }, 'tiers.1.name', /listed twice/],
  [
    'a tier whose table would be a dedicated one of another tier',
    { tiers: [tier('premium', { dedicatedOnRequest: true }), tier('premium-eu')] },
    'tiers.1.name',
    /a dedicated table of tier premium, for a tenant 'eu'; rename/,
  ],
  [
    'the same of a dedicated tier, in any order',
    { tiers: [tier('own-big', { placement: 'dedicated' }), tier('own', { placement: 'dedicated' })] },
    'tiers.0.name',
    /tier own, for a tenant 'big'/,
  ],
  [
    'a limit that falls',
    { tiers: [tier('a', { maxSchools: 50 }), tier('b', { maxSchools: 10 })] },
    'tiers.1.maxSchools',
    /lower than that of tier a before it \(50\)/,
  ],
  [
    'a limit above a tier without one',
    { tiers: [tier('a'), tier('b', { maxSchools: 10 })] },
    'tiers.1.maxSchools',
    /no limit/,
  ],
  [
    'two indexes with one name',
    indexes(index('by-x'), index('by-x')),
    'tableDesign.indexes.1.name',
    /listed twice/,
  ],
  [
    'an index name that DynamoDB refuses',
    indexes(index('by x')),
    'tableDesign.indexes.0.name',
    /letters, digits/,
  ],
  [
    'an attribute with two types',
    indexes(index('by-x', key('x')), index('by-y', key('y'), key('x', 'N'))),
    'tableDesign.indexes.1.sortKey.type',
    /x is of type N here and S elsewhere/,
  ],
  [
    'a key of the table with another type',
    indexes(index('by-key', key('entityKey', 'N'))),
    'tableDesign.indexes.0.partitionKey.type',
    /entityKey is of type N here and S elsewhere/,
  ],
  [
    'an index with one attribute as both keys',
    indexes(index('by-x', key('x'), key('x'))),
    'tableDesign.indexes.0.sortKey',
    /partition key already/,
  ],
  [
    'a TTL attribute that is a key',
    design({ ttlAttribute: 'entityKey' }),
    'tableDesign.ttlAttribute',
    /a key of type S/,
  ],
  [
    'a TTL attribute that is a string in an index',
    design({ ttlAttribute: 'updatedAt' }),
    'tableDesign.ttlAttribute',
    /a key of type S/,
  ],
  [
    'an alias of a key',
    design({ kmsKeyArn: 'arn:aws:kms:eu-west-1:111122223333:alias/records' }),
    'tableDesign.kmsKeyArn',
    /is an alias/,
  ],
  [
    'a fence that ends before the lease',
    { maxFenceMs: 1_000, cutoverLeaseMs: 1_000 },
    'maxFenceMs',
    /is 1000, but a fence needs at least 2125/,
  ],
  [
    "a prefix within another deployment's permissions",
    { prefix: 'saas-tenant-data-eu' },
    'prefix',
    /of a deployment with prefix 'saas'/,
  ],
])('%s is refused with the field and the reason', (_, settings, field, reason) => {
  expect(refused(settings)).toEqual([[field, expect.stringMatching(reason)]]);
  expect(() => parseConfig(settings)).toThrow(z.ZodError);
});

test.each<[string, object]>([
  ['a tier name that begins like one without dedicated tables', { tiers: [tier('basic'), tier('basic-eu')] }],
  [
    'a tier name that begins with the letters of another',
    { tiers: [tier('own', { placement: 'dedicated' }), tier('owned')] },
  ],
  [
    'equal limits',
    { tiers: [tier('a', { maxSchools: 5 }), tier('b', { maxSchools: 5 }), tier('c'), tier('d')] },
  ],
  [
    'an index by time of expiry',
    design({ indexes: [index('by-end', key('school'), key('expiresAt', 'N'))] }),
  ],
  ['a short lease with a short fence', { maxFenceMs: 1_000, leaseMs: 1 }],
])('%s is accepted', (_, settings) => {
  expect(refused(settings)).toEqual([]);
});
