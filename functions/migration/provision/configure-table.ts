import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { TableDesign } from '../settings/settings.ts';
import { createdDifferences, tableDifferences } from './table-differences.ts';
import type { TableDescription } from './tables-port.ts';

/** Result of comparing a table with the catalogue's design. */
export interface TableState {
  /** Describes a setting that DynamoDB is still applying; absent if there is none. */
  readonly waitsFor?: string;
  /** True if DynamoDB has no such table. */
  readonly isMissing?: boolean;
  /** Differences that waiting does not change; empty while `waitsFor` is present. */
  readonly differences: readonly string[];
}

/**
 * Compares a table with the design. On a table that Tierferry created, it also turns on TTL and recovery, which CreateTable
 * cannot. DynamoDB accepts them some time after the table is ACTIVE, and shows them later still. Until then they count as
 * awaited, not as differences.
 * @param isOurs called if TTL or recovery differ; returns true if Tierferry created the table and may turn them on.
 * @throws TableInUse, TableLimitExceeded
 */
export const configureTable = async (
  { tables, settings: { tableDesign } }: Pick<Ports, 'tables' | 'settings'>,
  table: TableName,
  isCreatedByTierferry: () => Promise<boolean>,
): Promise<TableState> => {
  const found = await tables.describe(table);
  // DescribeTable may not find a table for a moment after it was created
  if (!found) return { ...waitsFor(`table ${table} does not exist`), isMissing: true };
  if (!isReady(found)) return waitsFor(`table ${table} is ${found.status}`);
  const created = createdDifferences(found, tableDesign);
  if (created.length > 0 || isConfigured(found, tableDesign)) return { differences: created };
  const turnsOn = await isCreatedByTierferry();
  if (turnsOn && !(await tables.configure(table, tableDesign)))
    return waitsFor(`recovery of table ${table} is not available yet`);
  const now = turnsOn ? await tables.describe(table) : found;
  if (!now) return waitsFor(`table ${table} does not exist`);
  const differences = tableDifferences(whenVisible(now, tableDesign, turnsOn), tableDesign);
  return differences.length > 0 || isConfigured(now, tableDesign)
    ? { differences }
    : waitsFor(`TTL or recovery of table ${table} does not show yet`);
};

const waitsFor = (what: string): TableState => ({ waitsFor: what, differences: [] });

const isReady = (table: TableDescription): boolean =>
  table.status === 'ACTIVE' && table.indexes.every((index) => index.active);

/** True if DynamoDB shows TTL and recovery as the design has them. */
const isConfigured = (
  { ttlAttribute, pointInTimeRecovery }: TableDescription,
  design: TableDesign,
): boolean =>
  ttlAttribute === design.ttlAttribute &&
  (pointInTimeRecovery === 'unknown' || pointInTimeRecovery === design.pointInTimeRecovery);

/** Returns the table's description as it will be once DynamoDB shows the settings that were turned on. */
const whenVisible = (
  { ttlAttribute, pointInTimeRecovery, ...rest }: TableDescription,
  design: TableDesign,
  isTurnedOn: boolean,
): TableDescription => {
  const expiry = ttlAttribute ?? (isTurnedOn ? design.ttlAttribute : undefined);
  const recovers = isTurnedOn && design.pointInTimeRecovery;
  return {
    ...rest,
    ttlAttribute: expiry,
    pointInTimeRecovery: recovers || pointInTimeRecovery,
  };
};
