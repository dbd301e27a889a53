import { NoRoom, NotSafe, TableInUse, TableLimitExceeded, Throttled } from '../errors.ts';
import { epochMs, type TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { settleTable, type TableState } from '../provision/settle-table.ts';

/** ms between two polls of a table that is being created. */
const POLL_MS = 500;

/**
 * Creates a tier table if it is missing, and waits until it is as the catalogue asks. Not in a Lambda: a person waits for
 * it. Safe to repeat: a run that was cut short leaves an empty table, which the next one configures. In a table that holds
 * items, and in one that was there before Tierferry, nothing is turned on.
 * @param options `isAdopted`: the table was there before Tierferry.
 * @throws NotSafe if it isn't as the catalogue asks. @throws NoRoom if it takes longer than `maxProvisionMs`.
 */
export const ensureTable = async (
  ports: Ports,
  table: TableName,
  { isAdopted = false } = {},
): Promise<void> => {
  const { tables, settings, clock } = ports;
  const isOurs = !isAdopted && !(await ports.registry.table(table))?.adopted;
  const giveUpAt = epochMs(clock.now() + settings.maxProvisionMs);
  let isCreated = !isOurs;
  for (;;) {
    const { waitsFor, differences, isMissing } = await unlessBusy(async () => {
      if (!isCreated) await tables.create(table, settings.tableDesign);
      isCreated = true;
      return settleTable(ports, table, async () => isOurs && (await tables.isEmpty(table)));
    });
    if (isMissing && !isOurs) throw new NotSafe(`table ${table} is gone`);
    if (differences.length > 0)
      throw new NotSafe(`table ${table} is not as the catalogue asks: ${differences.join('; ')}`);
    if (waitsFor === undefined) return;
    if (clock.now() > giveUpAt)
      throw new NoRoom(`${waitsFor}, after ${settings.maxProvisionMs} ms. Run the command again: it goes on`);
    await clock.sleep(POLL_MS);
  }
};

/** DynamoDB refuses for now: too many tables at once, another operation on this one, or too many calls. */
const unlessBusy = async (work: () => Promise<TableState>): Promise<TableState> => {
  try {
    return await work();
  } catch (error) {
    if (!PASSING.some((passing) => error instanceof passing)) throw error;
    const why = error instanceof Error ? error.message : '';
    return { waitsFor: `DynamoDB does not take the operation for now: ${why}`, differences: [] };
  }
};

const PASSING = [TableInUse, TableLimitExceeded, Throttled] as const;
