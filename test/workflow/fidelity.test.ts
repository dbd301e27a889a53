import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { itemSize } from '../../functions/migration/items/item-size.ts';
import type { Item } from '../../functions/migration/items/items.ts';
import type { TableName } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { arbitraryItems } from '../support/arbitrary-items.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended, itemsOf, putAll } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({
    settings: { leaseMs: 1, pageItems: 7 },
    countsSchools: false,
    overrides: { waits: SHORT_WAITS },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

const deep = (levels: number): AttributeValue =>
  levels === 0
    ? { S: 'bottom' }
    : levels % 2
      ? { L: [deep(levels - 1)] }
      : { M: { [`é${levels}`]: deep(levels - 1) } };

/** Every value that DynamoDB can hold and a copy may damage. */
const CURIOS: Record<string, AttributeValue> = {
  '38 digits': { N: '12345678901234567890123456789012345678' },
  'negative 38 digits': { N: '-1.2345678901234567890123456789012345678' },
  'largest number': { N: '9.9999999999999999999999999999999999999E+125' },
  'smallest number': { N: '1E-130' },
  'negative zero': { N: '-0' },
  'a number with zeros': { N: '007.100' },
  'an exponent': { N: '12E-7' },
  'nested numbers': { L: [{ N: '1.10' }, { M: { n: { N: '007' } } }, { NS: ['1.0', '2'] }] },
  binary: { B: Uint8Array.from({ length: 256 }, (_, n) => n) },
  'empty binary': { B: new Uint8Array() },
  strings: { SS: ['', 'a', 'é', '😀', '\u0000'] },
  numbers: { NS: ['3', '-1.5', '99999999999999999999999999999999999999'] },
  binaries: { BS: [new Uint8Array([0]), new Uint8Array([255, 0])] },
  'empty string': { S: '' },
  'empty list': { L: [] },
  'empty map': { M: {} },
  null: { NULL: true },
  booleans: { L: [{ BOOL: true }, { BOOL: false }] },
  'deep nesting': deep(31),
  'control characters': { S: '\u0000\u0001\u001f"\\/\u2028\u2029\ufeff' },
  'composed and decomposed': { L: [{ S: 'é' }, { S: 'e\u0301' }] },
  '390 KB': { S: 'ß'.repeat(195 * 1024) },
  '390 KB of bytes': { B: Uint8Array.from({ length: 390 * 1024 }, (_, n) => n % 251) },
  '1,000 attributes': {
    M: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`attribute ${n}`, { N: `${n}` }])),
  },
};
/** Sort keys in every plane, whose order in UTF-16 differs from that in UTF-8. */
const KEYS = [
  '\u0001',
  '#',
  'a',
  'ａ',
  '\ud7ff',
  '\uffff',
  '\u{10000}',
  '😀',
  '\u{10ffff}',
  'é',
  'e\u0301',
  '\t \n',
];

const moved = async (
  tenantId: string,
  extra: readonly Item[],
): Promise<{ before: Item[]; after: Item[] }> => {
  const { ports } = stack;
  const tenant = await addTenant(ports, { tenantId, items: 5 });
  for (const item of extra) await putAll(ports, tenant.tenantId, tenant.table, [item]);
  const before = await itemsOf(ports, tenant.tenantId, tenant.table);
  expect(before).toHaveLength(5 + extra.length);
  const request = { tenantId, toTier: 'advanced', requestedBy: 'test', reason: 'test' };
  const migration = await ended(ports, (await requestMigration(ports, request)).migrationId);
  expect(migration.failure).toBeUndefined();
  expect(migration.status).toBe('completed');
  const report = await ports.migrations.report(migration.migrationId);
  expect(report?.verified?.source.bytes).toBe(before.reduce((sum, item) => sum + itemSize(item), 0));
  return { before, after: await itemsOf(ports, tenant.tenantId, migration.target.table as TableName) };
};

test('every kind of attribute, and keys in every plane, arrive unchanged', async () => {
  const tenantId = 'curious';
  const item = (key: string, attributes: Item): Item => ({
    ...attributes,
    tenantId: { S: tenantId },
    entityKey: { S: key },
  });
  const { before, after } = await moved(tenantId, [
    ...Object.entries(CURIOS).map(([name, value]) => item(`CURIO#${name}`, { value })),
    ...KEYS.map((key) => item(key, { [key]: { S: key } })),
    item(
      'WIDE',
      Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`a${n}`, { N: `${n}e-${n % 100}` }])),
    ),
  ]);
  expect(after).toEqual(before);
});

test('any items arrive unchanged', async () => {
  let tenants = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryItems('any', { minLength: 1, maxLength: 40 }), async (items) => {
      tenants += 1;
      const tenantId = `any-${tenants}`;
      const { before, after } = await moved(
        tenantId,
        items.map((item) => ({ ...item, tenantId: { S: tenantId } })),
      );
      expect(after).toEqual(before);
    }),
    { numRuns: 3 },
  );
});
