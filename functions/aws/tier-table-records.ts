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

/** Returns the condition that a table may be retired or reinstated, and that no operator has done so since it was seen. */
const mayRetire = (seen: TierTable | undefined): Pick<UpdateChanges, 'condition' | 'names' | 'values'> => {
  if (!seen)
    return {
      condition: '#state IN (:active, :retiring)',
      values: { ':active': 'active', ':retiring': 'retiring' },
    };
  const { state, operatorNote } = seen;
  return operatorNote
    ? {
        condition: '#state = :seen AND #operatorNote.#at = :at',
        names: { '#at': 'at' },
        values: { ':seen': state, ':at': operatorNote.at },
      }
    : { condition: '#state = :seen AND attribute_not_exists(#operatorNote)', values: { ':seen': state } };
};

const notChanged = (name: TableName, seen: TierTable | undefined): Conflict =>
  new Conflict(
    `table ${name} ${seen ? 'has been changed or dropped. Nothing was changed' : 'is not registered, or is dropped'}`,
  );

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

    async setRetiring(name, isRetiring, note, seen) {
      const isSet = await update(name, {
        set: { state: isRetiring ? 'retiring' : 'active', operatorNote: note },
        ...mayRetire(seen),
      });
      if (!isSet) throw notChanged(name, seen);
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
