import type { TableName } from '../names.ts';
import type { Ports, TableDescription } from '../ports.ts';
import type { TableDesign } from '../settings.ts';
import { createdDifferences, tableDifferences } from './table-differences.ts';

/** How a table stands to the catalogue's design. */
export interface TableState {
  /** Settings that are not there yet and come by themselves; absent if nothing is missing. */
  readonly waitsFor?: string;
  /** True if DynamoDB has no such table. */
  readonly isMissing?: boolean;
  /** Differences that no wait mends; empty while something is waited for. */
  readonly differences: readonly string[];
}

/**
 * Compares a table with the design. On a table of ours it turns on what CreateTable could not: DynamoDB takes that late on
 * a new table, and shows it later still, so it is waited for and is no difference.
 * @param isOurs is asked if TTL or recovery differ: true if they may be turned on.
 * @throws TableInUse, TableLimitExceeded
 */
export const settleTable = async (
  { tables, settings: { tableDesign } }: Pick<Ports, 'tables' | 'settings'>,
  table: TableName,
  isOurs: () => Promise<boolean>,
): Promise<TableState> => {
  const found = await tables.describe(table);
  // for a moment DescribeTable does not know of a table that has just been created
  if (!found) return { ...waitsFor(`table ${table} is gone`), isMissing: true };
  if (!isReady(found)) return waitsFor(`table ${table} is ${found.status}`);
  const created = createdDifferences(found, tableDesign);
  if (created.length > 0 || isConfigured(found, tableDesign)) return { differences: created };
  const turnsOn = await isOurs();
  if (turnsOn && !(await tables.configure(table, tableDesign)))
    return waitsFor(`recovery of table ${table} is not available yet`);
  const now = turnsOn ? await tables.describe(table) : found;
  if (!now) return waitsFor(`table ${table} is gone`);
  const differences = tableDifferences(onceShown(now, tableDesign, turnsOn), tableDesign);
  return differences.length > 0 || isConfigured(now, tableDesign)
    ? { differences }
    : waitsFor(`TTL or recovery of table ${table} does not show yet`);
};

const waitsFor = (what: string): TableState => ({ waitsFor: what, differences: [] });

const isReady = (table: TableDescription): boolean =>
  table.status === 'ACTIVE' && table.indexes.every((index) => index.active);

/** True if TTL and recovery show as they should be. */
const isConfigured = (
  { ttlAttribute, pointInTimeRecovery }: TableDescription,
  design: TableDesign,
): boolean =>
  ttlAttribute === design.ttlAttribute &&
  (pointInTimeRecovery === 'unknown' || pointInTimeRecovery === design.pointInTimeRecovery);

/** The table as it will be once everything that was turned on shows. */
const onceShown = (
  { ttlAttribute, pointInTimeRecovery, ...rest }: TableDescription,
  design: TableDesign,
  isTurnedOn: boolean,
): TableDescription => {
  const expiry = ttlAttribute ?? (isTurnedOn ? design.ttlAttribute : undefined);
  const recovers = isTurnedOn && design.pointInTimeRecovery;
  return {
    ...rest,
    ...(expiry === undefined ? {} : { ttlAttribute: expiry }),
    pointInTimeRecovery: recovers || pointInTimeRecovery,
  };
};
