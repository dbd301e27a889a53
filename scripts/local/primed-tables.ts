import { Unavailable } from '../../functions/migration/errors.ts';
import { entityKey, type TableName, type TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';

/** No tenant: an id of the catalogue holds no dot. */
const PRIMER = 'tierferry.primer' as TenantId;

/** The first write of a cold engine on a busy machine may take longer than a call is given. */
const TRIES = 5;

/**
 * DynamoDB Local slows down a hundredfold for a streamed table whose first record comes after many records of other
 * tables. A record written right after the table's creation keeps it fast, so each new table gets one, put and deleted.
 */
export const withPrimedTables = (ports: Ports): Ports => ({
  ...ports,
  tables: {
    ...ports.tables,
    async configure(table, design) {
      await ports.tables.configure(table, design);
      for (let n = 1; !(await isPrimed(ports, table)); n += 1)
        if (n === TRIES) throw new Unavailable(`the engine did not take the first record of ${table}`);
    },
  },
});

const isPrimed = async (ports: Ports, table: TableName): Promise<boolean> => {
  const partition = ports.partition(PRIMER);
  const key = entityKey('primer');
  const item = { tenantId: { S: PRIMER }, entityKey: { S: key } };
  try {
    await partition.write(table, { puts: [item], deletes: [] });
    await partition.write(table, { puts: [], deletes: [key] });
    return true;
  } catch (error) {
    if (error instanceof Unavailable) return false;
    throw error;
  }
};
