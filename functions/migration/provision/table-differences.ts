import {
  type KeyAttribute,
  type Keys,
  type TableDesign,
  type TableIndex,
  tierTableKeys,
} from '../settings/settings.ts';
import type { TableDescription } from './tables-port.ts';

/** Returns a phrase for each difference between a table and the catalogue's design; empty if there is none. */
export const tableDifferences = (table: TableDescription, design: TableDesign): string[] => [
  ...createdDifferences(table, design),
  ...configuredDifferences(table, design),
];

/** Returns the differences in the settings that are made when a table is created. */
export const createdDifferences = (table: TableDescription, design: TableDesign): string[] => {
  const { differences, expect } = noting();
  differences.push(...keyDifferences(table, design));
  for (const wanted of design.indexes) {
    const found = table.indexes.find((index) => index.name === wanted.name);
    if (!found) {
      differences.push(`index ${wanted.name} is absent`);
      continue;
    }
    differences.push(...indexDifferences(found, wanted));
  }
  for (const found of table.indexes) {
    if (!design.indexes.some((wanted) => wanted.name === found.name))
      differences.push(`index ${found.name} is not in the catalogue`);
  }
  // with a local secondary index a partition never splits, and is limited to 10 GB
  if (table.hasLocalIndexes) differences.push('the table has a local secondary index, should have none');
  expect('stream view', table.streamView, design.streamView);
  expect('encryption key', table.kmsKeyArn, design.kmsKeyArn);
  expect('deletion protection', table.deletionProtection, design.deletionProtection);
  return differences;
};

/** Returns the differences in the table's own keys. */
export const keyDifferences = (table: Partial<Keys>, design: Pick<TableDesign, 'keys'>): string[] => {
  const { partitionKey, sortKey } = tierTableKeys(design);
  const { differences, expect } = noting();
  expect('partition key', keyText(table.partitionKey), keyText(partitionKey));
  expect('sort key', keyText(table.sortKey), keyText(sortKey));
  return differences;
};

/** Returns the differences in one index that both have. */
export const indexDifferences = (
  found: TableDescription['indexes'][number],
  wanted: TableIndex,
): string[] => {
  const { differences, expect } = noting();
  expect(`partition key of index ${wanted.name}`, keyText(found.partitionKey), keyText(wanted.partitionKey));
  expect(`sort key of index ${wanted.name}`, keyText(found.sortKey), keyText(wanted.sortKey));
  expect(`projection of index ${wanted.name}`, found.projection, wanted.projection);
  return differences;
};

/**
 * Returns the differences in the settings that are made after a table was created. Recovery is not compared on an engine that
 * has no continuous backups (DynamoDB Local).
 */
const configuredDifferences = (table: TableDescription, design: TableDesign): string[] => {
  const { differences, expect } = noting();
  expect('TTL attribute', table.ttlAttribute, design.ttlAttribute);
  if (table.pointInTimeRecovery !== 'unknown')
    // recovery that is being enabled counts as enabled
    expect('point-in-time recovery', table.pointInTimeRecovery !== false, design.pointInTimeRecovery);
  return differences;
};

const keyText = (key: KeyAttribute | undefined): string | undefined => key && `${key.name} (${key.type})`;

const noting = () => {
  const differences: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted)
      differences.push(`${what} is ${found ?? 'absent'}, should be ${wanted ?? 'absent'}`);
  };
  return { differences, expect };
};
