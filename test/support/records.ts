import type { IndexCheckProgress } from '../../functions/migration/indexes/index-check.ts';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  epochMs,
  type MigrationId,
  type RoutingEpoch,
  readUnits,
  type SegmentNumber,
  type TenantId,
  type TierName,
  tableName,
  writeUnits,
} from '../../functions/migration/names.ts';
import type { Plan } from '../../functions/migration/plan/plan.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { TierTable } from '../../functions/migration/registry/tier-table.ts';
import type { Route } from '../../functions/migration/route/route.ts';
import type { Segment } from '../../functions/migration/segment.ts';

/** Builders of complete records with unique ids. A test gives only the fields that matter to it. */
let made = 0;
const unique = (word: string): string => {
  made += 1;
  return `${word}-${String(made).padStart(6, '0')}`;
};

const tier = (name: string) => name as TierName;
const at = epochMs(Date.UTC(2026, 0, 1));

export const newTableName = () => tableName(unique('table'));
export const newTenantId = () => unique('tenant') as TenantId;

export const aMigration = (given: Partial<Migration> = {}): Migration => ({
  migrationId: unique('mig') as MigrationId,
  tenantId: newTenantId(),
  source: { tier: tier('basic'), placement: 'shared', table: newTableName() },
  target: { tier: tier('advanced'), placement: 'shared' },
  status: 'queued',
  attempt: 1,
  dryRun: false,
  paused: false,
  cutoverHeld: false,
  cutovers: 0,
  requestedBy: 'test',
  requestedAt: at,
  reason: 'to see',
  holdMs: 0,
  routeEpoch: 1 as RoutingEpoch,
  registryChange: 'none',
  locked: false,
  stages: {},
  updatedAt: at,
  ...given,
});

export const aSegment = (number: number, given: Partial<Segment> = {}): Segment => {
  const none = { read: readUnits(0), write: writeUnits(0) };
  return {
    number: number as SegmentNumber,
    range: {},
    counted: 10,
    copied: { items: 0, bytes: 0 },
    copyDone: false,
    cleanUpDone: false,
    units: { survey: none, copy: none, verify: none, cleanUp: none },
    ...given,
  };
};

export const aTable = (given: Partial<TierTable> = {}): TierTable => ({
  table: newTableName(),
  tier: tier('basic'),
  placement: 'shared',
  freeSlots: 5,
  tenants: 0,
  reserved: 0,
  departing: 0,
  state: 'active',
  ...given,
});

export const aTenant = (given: Partial<Tenant> = {}): Tenant => ({
  tenantId: newTenantId(),
  name: 'A district',
  tier: tier('basic'),
  placement: 'shared',
  table: newTableName(),
  maxSchools: 10,
  schoolCount: 3,
  schoolCountedAt: at,
  createdAt: at,
  createdBy: 'test',
  updatedAt: at,
  updatedBy: 'test',
  ...given,
});

export const aRoute = (given: Partial<Route> = {}): Route => ({
  tenantId: newTenantId(),
  table: newTableName(),
  epoch: 1 as RoutingEpoch,
  writes: 'open',
  leaseMs: 30_000,
  ...given,
});

export const someIndexChecks = (given: Partial<IndexCheckProgress> = {}): IndexCheckProgress => ({
  attempt: 1,
  nonce: unique('nonce'),
  polls: 1,
  putAt: at,
  pending: [{ index: 'by-school', valueHash: '0123456789abcdef' }],
  indexes: [
    { index: 'by-school', marker: 'waiting', values: 2, counted: 1, differing: 0, uncountedItems: 0 },
    { index: 'by-email', marker: 'none', counted: 0, differing: 0, uncountedItems: 3 },
  ],
  ...given,
});

export const aPlan = ({ tenantId, source }: Migration, given: Partial<Plan> = {}): Plan => ({
  tenantId,
  plannedAt: epochMs(1),
  source,
  target: source,
  findings: [{ level: 'warning', code: 'x', message: 'naïve 😀', remedy: 'none' }],
  items: 1,
  bytes: 2,
  schools: 3,
  segments: 4,
  survey: {
    byEntityType: { '': { items: 1, bytes: 1 }, ['é'.repeat(500_000)]: { items: 1, bytes: 1 } },
    largestItemBytes: 1,
    tableWriteUnits: 1,
    indexWriteUnits: 0,
  },
  creates: [],
  estimate: {
    stages: [],
    readUnits: readUnits(1),
    writeUnits: writeUnits(1),
    seconds: 1,
    fenceMs: 1,
    usd: { reads: 0, writes: 0, stepFunctions: 0, lambda: 0, streams: 0, total: 0.25 },
    pricesAsOf: '2025-06',
  },
  ...given,
});
