import { Conflict } from '../migration/errors.ts';
import type { TableName } from '../migration/names.ts';
import type { TierTable } from '../migration/registry/tier-table.ts';
import type { TierTables } from '../migration/registry/tier-tables-port.ts';
import type { Records } from './records.ts';
import { tablesInIndex } from './registry-indexes.ts';
import { placeIn, scanRegistry, TABLE, TableRecord, tableKey } from './registry-records.ts';
import { type UpdateChanges, updateOf } from './update.ts';

const COUNTS = { '#tenants': 'tenants', '#reserved': 'reserved', '#departing': 'departing' };
const IS_EMPTY = '#tenants = :none AND #reserved = :none AND #departing = :none';

/** Returns the table's name from the key, which cannot be damaged like a field. */
const nameIn = ({ id }: Record<string, unknown>) => String(id).slice(TABLE.length) as TableName;

/** Stores `TABLE#name` of the registry. */
export const tierTablesIn = (records: Records, registry: string): TierTables => {
  const place = placeIn(registry);
  const parseListed = (found: Record<string, unknown>) =>
    records.parseListed(TableRecord, place(found), found);
  const update = (name: TableName, changes: UpdateChanges) =>
    records.update({ TableName: registry, Key: tableKey(name), ...updateOf(changes) });
  const table = async (name: TableName): Promise<TierTable | undefined> => {
    const found = await records.get(registry, tableKey(name));
    return found && records.parse(TableRecord, place(found), found);
  };
  return {
    table,

    async *tables(tier) {
      for await (const found of scanRegistry(records, registry, TABLE)) {
        const listed = parseListed(found);
        if (listed && (tier === undefined || listed.tier === tier)) yield listed;
      }
    },

    tablesIn: tablesInIndex(records, registry, parseListed),

    async allTables() {
      const all: TierTable[] = [];
      const damaged: TableName[] = [];
      for await (const found of scanRegistry(records, registry, TABLE)) {
        const listed = parseListed(found);
        if (listed) all.push(listed);
        else damaged.push(nameIn(found));
      }
      return { tables: all, damaged };
    },

    async addTable(added) {
      const isNew = await records.put({
        TableName: registry,
        Item: { ...tableKey(added.table), ...added },
        ConditionExpression: 'attribute_not_exists(id)',
      });
      if (!isNew) throw new Conflict(`table ${added.table} is already registered`);
    },

    async setRetiring(name, isRetiring, note) {
      const isSet = await update(name, {
        set: { state: isRetiring ? 'retiring' : 'active', operatorNote: note },
        condition: '#state IN (:active, :retiring)',
        values: { ':active': 'active', ':retiring': 'retiring' },
      });
      if (!isSet) throw new Conflict(`table ${name} is not registered, or is dropped`);
    },

    async setLimit({ table: name, freeSlots, tenants, reserved, departing }, limit) {
      const limitFits = limit - tenants - reserved - departing;
      if (limitFits === freeSlots) return;
      await update(name, {
        set: { freeSlots: limitFits },
        condition: '#tenants = :tenants AND #reserved = :reserved AND #departing = :departing',
        names: COUNTS,
        values: { ':tenants': tenants, ':reserved': reserved, ':departing': departing },
      });
    },

    markDropping: async (name) =>
      (await update(name, {
        set: { state: 'dropping' },
        condition: `${IS_EMPTY} AND #state <> :dropped`,
        names: COUNTS,
        values: { ':none': 0, ':dropped': 'dropped' },
      })) || (await table(name))?.state === 'dropped',

    async markDropped(name) {
      const isDropped = await update(name, {
        set: { state: 'dropped' },
        condition: '#state IN (:dropping, :dropped)',
        values: { ':dropping': 'dropping', ':dropped': 'dropped' },
      });
      if (!isDropped) throw new Conflict(`table ${name} is not dropping`);
    },
  };
};
