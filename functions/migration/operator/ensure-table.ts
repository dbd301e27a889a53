import { NoFreeSlot, NotSafe, TableInUse, TableLimitExceeded, Throttled } from '../errors.ts';
import { formatDuration } from '../format-duration.ts';
import { epochMs, type TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { configureTable, type TableState } from '../provision/configure-table.ts';
import { createdDifferences, tableDifferences } from '../provision/table-differences.ts';

/** Time between two polls of a table that is being created, in ms. */
const POLL_MS = 500;

/**
 * Creates a tier table if it is missing, and waits until it matches the catalogue's design. For the command line only, since
 * it sleeps. Safe to repeat: an interrupted run leaves an empty table, which the next run configures. Changes no settings of
 * a table that has items, or that existed before Tierferry.
 * @param options `isAdopted`: true if the table existed before Tierferry.
 * @throws NotSafe if the table differs from the design
 * @throws NoFreeSlot if the table is not ready after `maxProvisionMs`
 */
export const ensureTable = async (
  ports: Ports,
  table: TableName,
  { isAdopted = false } = {},
): Promise<void> => {
  const { tables, settings, clock } = ports;
  const isOurs = await isTierferrys(ports, table, isAdopted);
  const giveUpAt = epochMs(clock.now() + settings.maxProvisionMs);
  let isCreated = !isOurs;
  for (;;) {
    const { waitsFor, differences, isMissing } = await waitIfBusy(async () => {
      if (!isCreated) await tables.create(table, settings.tableDesign);
      isCreated = true;
      return configureTable(ports, table, async () => isOurs && (await tables.isEmpty(table)));
    });
    if (isMissing && !isOurs) throw missing(table);
    if (differences.length > 0) throw differs(table, differences);
    if (waitsFor === undefined) return;
    if (clock.now() > giveUpAt)
      throw new NoFreeSlot(
        `${waitsFor} after ${formatDuration(settings.maxProvisionMs)}. No tenant was placed in it. Run the command again: it continues with the same table`,
      );
    await clock.sleep(POLL_MS);
  }
};

/**
 * Checks that `ensureTable` would accept the table as it is now, and changes nothing. A missing table would be created, and a
 * table that is not ready would be waited for.
 * @param options `isAdopted`: true if the table existed before Tierferry.
 * @throws NotSafe
 */
export const checkTable = async (
  ports: Pick<Ports, 'tables' | 'registry' | 'settings'>,
  table: TableName,
  { isAdopted = false } = {},
): Promise<void> => {
  const { tables, settings } = ports;
  const found = await tables.describe(table);
  const isOurs = await isTierferrys(ports, table, isAdopted);
  if (!found && !isOurs) throw missing(table);
  if (found?.status !== 'ACTIVE') return;
  const differences = tableDifferences(found, settings.tableDesign);
  if (differences.length === 0) return;
  const isConfigurable = isOurs && (await tables.isEmpty(table));
  const remaining = isConfigurable ? createdDifferences(found, settings.tableDesign) : differences;
  if (remaining.length > 0) throw differs(table, remaining);
};

/** True if the table was not adopted, so Tierferry creates it, and configures it while it is empty. */
const isTierferrys = async (
  { registry }: Pick<Ports, 'registry'>,
  table: TableName,
  isAdopted: boolean,
): Promise<boolean> => !isAdopted && !(await registry.table(table))?.isAdopted;

const missing = (table: TableName): NotSafe =>
  new NotSafe(`table ${table} does not exist. No tenant was placed in it. Create it, then try again`, {
    facts: { table },
  });

const differs = (table: TableName, differences: readonly string[]): NotSafe =>
  new NotSafe(
    `table ${table} differs from the catalogue's design: ${differences.join('; ')}. No tenant was placed in it. Change the table, or tableDesign in the settings, so that they match, then try again`,
    { facts: { table } },
  );

/** Treats a transient refusal by DynamoDB as a wait: too many tables at once, another operation on this one, throttling. */
const waitIfBusy = async (work: () => Promise<TableState>): Promise<TableState> => {
  try {
    return await work();
  } catch (error) {
    if (!TRANSIENT.some((passing) => error instanceof passing)) throw error;
    const reason = error instanceof Error ? error.message : '';
    return { waitsFor: `DynamoDB rejected the operation for now: ${reason}`, differences: [] };
  }
};

const TRANSIENT = [TableInUse, TableLimitExceeded, Throttled] as const;
