import * as z from 'zod';
import { Conflict } from '../migration/errors.ts';
import type { TenantId } from '../migration/names.ts';
import type { Tenant } from '../migration/registry/tenant.ts';
import { type Removal, RemovedTenant } from '../migration/registry/tenant-removal.ts';
import type { TenantRemovals } from '../migration/registry/tenant-removals-port.ts';
import type { Records, TransactionActions } from './records.ts';
import {
  occupancy,
  placeIn,
  type RegistryTables,
  tableUpdate,
  tenantKey,
  tenantUpdate,
} from './registry-records.ts';
import type { UpdateChanges } from './update.ts';

export const REMOVED = 'REMOVED#';

/** The fields are nested, so that no index of tenants or tables contains the record. */
export const RemovedRecord = z.object({ removed: RemovedTenant });

const removedKey = (tenantId: TenantId) => ({ id: `${REMOVED}${tenantId}` });

/** Stores removals in `TENANT#id` and `REMOVED#id` of the registry. */
export const tenantRemovalsIn = (
  records: Records,
  { registry, routes }: Pick<RegistryTables, 'registry' | 'routes'>,
): TenantRemovals => {
  const transact = async (tenantId: TenantId, actions: TransactionActions): Promise<void> => {
    if ((await records.transact(actions)).length > 0) throw removalChanged(tenantId);
  };
  return {
    startRemoval: (tenant, route, removal) =>
      transact(tenant.tenantId, [
        tenantUpdate(registry, tenant.tenantId, { set: { removal }, ...mayStart(tenant) }),
        route
          ? {
              Delete: {
                TableName: routes,
                Key: { tenantId: tenant.tenantId },
                ConditionExpression: 'epoch = :epoch AND writes = :open AND attribute_not_exists(#capture)',
                ExpressionAttributeNames: { '#capture': 'capture' },
                ExpressionAttributeValues: { ':epoch': route.epoch, ':open': 'open' },
              },
            }
          : {
              ConditionCheck: {
                TableName: routes,
                Key: { tenantId: tenant.tenantId },
                ConditionExpression: 'attribute_not_exists(tenantId)',
              },
            },
      ]),

    saveRemoval: (tenant, removal, drops = false) =>
      transact(tenant.tenantId, [
        tenantUpdate(registry, tenant.tenantId, { set: { removal }, ...isBy(removal) }),
        ...(drops ? [dropping(registry, tenant)] : []),
      ]),

    undoRemoval: (tenant, removal, route) =>
      transact(tenant.tenantId, [
        tenantUpdate(registry, tenant.tenantId, { set: { removal: undefined }, ...isBy(removal) }),
        {
          Put: {
            TableName: routes,
            Item: { ...route },
            ConditionExpression: 'attribute_not_exists(tenantId)',
          },
        },
      ]),

    endRemoval: (tenant, { runId }, removed) =>
      transact(tenant.tenantId, [
        {
          Delete: {
            TableName: registry,
            Key: tenantKey(tenant.tenantId),
            ConditionExpression: 'removal.runId = :run',
            ExpressionAttributeValues: { ':run': runId },
          },
        },
        removed.isTableDropped
          ? tableUpdate(registry, tenant.table, {
              set: { state: 'dropped', tenants: 0 },
              condition: 'attribute_exists(id)',
            })
          : occupancy(registry, tenant.table, 'tenants', 'freeSlots'),
        { Put: { TableName: registry, Item: { ...removedKey(tenant.tenantId), removed } } },
      ]),

    async removedTenant(tenantId) {
      const found = await records.get(registry, removedKey(tenantId));
      return found && records.parse(RemovedRecord, placeIn(registry)(found), found).removed;
    },
  };
};

/** Returns the condition that the tenant is as it was read, not locked, and in the removal that was read, if any. */
const mayStart = ({ table, removal }: Tenant): Pick<UpdateChanges, 'condition' | 'names' | 'values'> => {
  const isFree = 'attribute_not_exists(#lockedBy) AND attribute_not_exists(#pending) AND #table = :table';
  const names = { '#lockedBy': 'lockedBy', '#pending': 'pending', '#table': 'table', '#removal': 'removal' };
  return removal
    ? {
        condition: `${isFree} AND #removal.#runId = :seen`,
        names: { ...names, '#runId': 'runId' },
        values: { ':table': table, ':seen': removal.runId },
      }
    : { condition: `${isFree} AND attribute_not_exists(#removal)`, names, values: { ':table': table } };
};

/** Returns the condition that this run still is the one that may continue the removal. */
const isBy = ({ runId }: Removal): Pick<UpdateChanges, 'condition' | 'names' | 'values'> => ({
  condition: '#removal.#runId = :run',
  names: { '#removal': 'removal', '#runId': 'runId' },
  values: { ':run': runId },
});

/** Marks a table `dropping` if the tenant is the only one in it. */
const dropping = (registry: string, { tenantId, table }: Tenant): TransactionActions[number] =>
  tableUpdate(registry, table, {
    set: { state: 'dropping' },
    condition:
      '#tenantId = :tenant AND #tenants = :one AND #reserved = :none AND #departing = :none AND attribute_not_exists(#isAdopted)',
    names: {
      '#tenantId': 'tenantId',
      '#tenants': 'tenants',
      '#reserved': 'reserved',
      '#departing': 'departing',
      '#isAdopted': 'isAdopted',
    },
    values: { ':tenant': tenantId, ':one': 1, ':none': 0 },
  });

const removalChanged = (tenantId: TenantId): Conflict =>
  new Conflict(
    `cannot continue to remove tenant ${tenantId}: it is being moved, or another process has changed it or removes it. This run has stopped`,
    { facts: { tenantId } },
  );
