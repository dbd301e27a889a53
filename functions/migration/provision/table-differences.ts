import type { TableDescription } from '../ports.ts';
import {
  type KeyAttribute,
  type Keys,
  type TableDesign,
  type TableIndex,
  TIER_TABLE_KEYS,
} from '../settings.ts';

/** What is not as the catalogue's design asks, for people: empty where all is well. */
export const tableDifferences = (table: TableDescription, design: TableDesign): string[] => [
  ...createdDifferences(table, design),
  ...configuredDifferences(table, design),
];

/** In what a table has from its creation on. */
export const createdDifferences = (table: TableDescription, design: TableDesign): string[] => {
  const { differences, expect } = noting();
  differences.push(...keyDifferences(table));
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
  // with one the tenant's partition never splits, and ends at 10 GB
  if (table.hasLocalIndexes) differences.push('there is a local secondary index');
  expect('stream view', table.streamView, design.streamView);
  expect('encryption key', table.kmsKeyArn, design.kmsKeyArn);
  expect('deletion protection', table.deletionProtection, design.deletionProtection);
  return differences;
};

/** In the keys of the table itself. */
export const keyDifferences = (table: Partial<Keys>): string[] => {
  const { differences, expect } = noting();
  expect('partition key', shown(table.partitionKey), shown(TIER_TABLE_KEYS.partitionKey));
  expect('sort key', shown(table.sortKey), shown(TIER_TABLE_KEYS.sortKey));
  return differences;
};

/** In one index that both have. */
export const indexDifferences = (
  found: TableDescription['indexes'][number],
  wanted: TableIndex,
): string[] => {
  const { differences, expect } = noting();
  expect(`partition key of index ${wanted.name}`, shown(found.partitionKey), shown(wanted.partitionKey));
  expect(`sort key of index ${wanted.name}`, shown(found.sortKey), shown(wanted.sortKey));
  expect(`projection of index ${wanted.name}`, found.projection, wanted.projection);
  return differences;
};

/**
 * In what is turned on once a table is there. An engine without continuous backups (DynamoDB Local) can't differ in them.
 */
const configuredDifferences = (table: TableDescription, design: TableDesign): string[] => {
  const { differences, expect } = noting();
  expect('TTL attribute', table.ttlAttribute, design.ttlAttribute);
  if (table.pointInTimeRecovery !== 'unknown')
    // what is being enabled is on soon
    expect('point-in-time recovery', table.pointInTimeRecovery !== false, design.pointInTimeRecovery);
  return differences;
};

const shown = (key: KeyAttribute | undefined): string | undefined => key && `${key.name} (${key.type})`;

const noting = () => {
  const differences: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted)
      differences.push(`${what} is ${found ?? 'absent'}, should be ${wanted ?? 'absent'}`);
  };
  return { differences, expect };
};
