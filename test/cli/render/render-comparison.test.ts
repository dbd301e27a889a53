import { expect, test } from 'vitest';
import { type TenantId, tableName } from '../../../functions/migration/names.ts';
import { renderComparison } from '../../../scripts/cli/render/render-comparison.ts';

const side = { items: 3, bytes: 90, checksum: 'a'.repeat(64) };
const rendered = (expired: number): string =>
  renderComparison({
    tenantId: 'cedar-valley' as TenantId,
    table: tableName('basic'),
    against: tableName('advanced'),
    source: side,
    target: side,
    expired,
    differences: [],
    differing: 0,
    equal: true,
  }).join('\n');

test('items that expired on one side only are not a difference, and their number is shown', () => {
  expect(rendered(2)).toContain('Tenant cedar-valley: EQUAL');
  expect(rendered(2)).toContain('Expired items on one side only, not compared: 2.');
  expect(rendered(0)).not.toContain('xpired');
});
