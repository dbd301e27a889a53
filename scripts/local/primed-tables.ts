import { entityKey, type TableName, type TenantId } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';

/** No tenant: an id of the catalogue holds no dot. */
const PRIMER = 'tierferry.primer' as TenantId;

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
      await prime(ports, table);
    },
  },
});

const prime = async (ports: Ports, table: TableName): Promise<void> => {
  const partition = ports.partition(PRIMER);
  const key = entityKey('primer');
  const item = { tenantId: { S: PRIMER }, entityKey: { S: key } };
  await partition.write(table, { puts: [item], deletes: [] });
  await partition.write(table, { puts: [], deletes: [key] });
};
