import { afterEach, expect, test } from 'vitest';
import { type TenantId, tableName } from '../../functions/migration/names.ts';
import type { JSONValue } from '../../scripts/local/json.ts';
import { type QueuedCounts, startQueuedCounts } from '../../scripts/local/streams/queued-counts.ts';
import { until } from '../support/until.ts';

const BASIC = tableName('basic');
const tenants = (...ids: string[]) => ids as TenantId[];
const log = { info() {}, warn() {} };

let counts: QueuedCounts | undefined;
afterEach(() => counts?.stop());

test('tenants that are requested during a count are counted in the next call, each once', async () => {
  const events: JSONValue[] = [];
  const { promise: first, resolve } = Promise.withResolvers<void>();
  counts = startQueuedCounts({
    log,
    run: async (event) => {
      events.push(event);
      if (events.length === 1) await first;
      return null;
    },
  });
  for (const tenantIds of [tenants('a'), tenants('b'), tenants('b', 'c')])
    await counts.request({ table: BASIC, tenantIds });
  resolve();
  await until('the second call', () => events.length === 2);
  expect(events).toEqual([
    { table: BASIC, tenantIds: ['a'] },
    { table: BASIC, tenantIds: ['b', 'c'] },
  ]);
});

test('a call that fails is repeated twice and then dropped, and does not hold up the next one', async () => {
  const called: unknown[] = [];
  counts = startQueuedCounts({
    log,
    run: async (event) => {
      called.push(JSON.parse(JSON.stringify(event)).table);
      if (called.length <= 3) throw new Error('not now');
      return null;
    },
  });
  await counts.request({ table: BASIC, tenantIds: tenants('a') });
  await counts.request({ table: tableName('other'), tenantIds: tenants('b') });
  await until('the other table to be counted', () => called.includes('other'));
  expect(called).toEqual([BASIC, BASIC, BASIC, 'other']);
});
