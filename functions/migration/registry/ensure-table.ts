import { NoRoom, NotSafe } from '../errors.ts';
import { epochMs, type TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { tableDifferences } from '../provision/table-differences.ts';

/** ms between two looks at a table that is being created. */
const LOOK_MS = 500;

/**
 * Creates a tier table where it is missing, and waits until it is ACTIVE. Not in a Lambda: a person waits for it.
 * @throws NotSafe where it isn't as the catalogue asks. @throws NoRoom where it takes longer than `maxProvisionMs`.
 */
export const ensureTable = async (ports: Ports, table: TableName): Promise<void> => {
  const { settings, clock } = ports;
  const giveUpAt = clock.now() + settings.maxProvisionMs;
  let found = await ports.tables.describe(table);
  const creates = !found;
  if (creates) await ports.tables.create(table, settings.tableDesign);
  while (found?.status !== 'ACTIVE') {
    if (clock.now() > epochMs(giveUpAt))
      throw new NoRoom(`table ${table} is ${found?.status ?? 'gone'}; try again later`);
    if (found) await clock.sleep(LOOK_MS);
    found = await ports.tables.describe(table);
  }
  if (creates) await ports.tables.configure(table, settings.tableDesign);
  const differences = tableDifferences(
    (creates ? await ports.tables.describe(table) : found) ?? found,
    settings.tableDesign,
  );
  if (differences.length > 0)
    throw new NotSafe(`table ${table} is not as the catalogue asks: ${differences.join('; ')}`);
};
