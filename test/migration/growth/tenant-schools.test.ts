import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countSchools } from '../../../functions/migration/growth/tenant-schools.ts';
import type { Item } from '../../../functions/migration/items/items.ts';
import { lastSentinelKey, sentinelKey } from '../../../functions/migration/items/sentinel.ts';
import { entityKey, type TenantId, tableName } from '../../../functions/migration/names.ts';
import { FakePartition } from '../../support/fake-partition.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const tenantId = 't' as TenantId;
const table = tableName('live');

const holding = (keys: readonly string[], expired: ReadonlySet<string> = new Set()) => {
  const partition = new FakePartition(tenantId, table);
  const ports = { ...fakePorts(), partition: () => partition };
  const past = String(Math.floor(ports.clock.now() / 1_000) - 60);
  const items = partition.tables.get(table);
  for (const key of keys) {
    const item: Item = { tenantId: { S: tenantId }, entityKey: { S: key } };
    items?.set(entityKey(key), expired.has(key) ? { ...item, expiresAt: { N: past } } : item);
  }
  let reads = 0;
  const read: FakePartition['read'] = (...given) => {
    reads += 1;
    return FakePartition.prototype.read.apply(partition, given);
  };
  partition.read = read;
  return { count: (most?: number) => countSchools(ports, { tenantId, table }, most), reads: () => reads };
};

describe('the schools of a tenant', () => {
  test('are counted with any items before, below and after them', async () => {
    const { count } = holding([
      'ACADEMIC_YEAR#2030',
      'SCHOOL#a',
      'SCHOOL#a#COURSE#1',
      'SCHOOL#a#COURSE#1#GRADE#2',
      'SCHOOL#b',
      'SCHOOL#gone#COURSE#1',
      'SCHOOL#c',
      'SCHOOLS',
      'STUDENT#1',
    ]);
    expect(await count()).toMatchObject({ schools: 3, isMore: false });
  });

  test('are as many as a check of every key finds', async () => {
    const unit = fc.constantFrom(' ', '!', '$', 'a', 'b', 'é', '\u{10FFFF}');
    const id = fc.string({ unit, minLength: 1, maxLength: 3 });
    const under = fc.constantFrom('', '#', '#COURSE#1', '#\u{10FFFF}', '#\u{10FFFF}#x', '#a#b');
    const key = fc.tuple(fc.constantFrom('SCHOOL#', 'SCHOOL', 'SCHOOK#', 'TEACHER#'), id, under);
    await fc.assert(
      fc.asyncProperty(fc.array(key, { maxLength: 30 }), fc.func(fc.boolean()), async (parts, isExpired) => {
        const keys = [...new Set(parts.map((part) => part.join('')))];
        const expired = new Set(keys.filter((one) => isExpired(one)));
        const schools = keys.filter((one) => /^SCHOOL#[^#]+$/u.test(one) && !expired.has(one));
        expect(await holding(keys, expired).count()).toMatchObject({ schools: schools.length });
      }),
    );
  });

  test('do not include a sentinel behind one', async () => {
    const sentinels = [sentinelKey(entityKey('SCHOOL#a'), '1'), lastSentinelKey('1')];
    expect(await holding(['SCHOOL#a', ...sentinels]).count()).toMatchObject({ schools: 1 });
  });

  test('cost two reads each, for any number of items below, and one to see the end', async () => {
    const under = Array.from({ length: 500 }, (_, n) => `#COURSE#${n}`);
    const { count, reads } = holding(
      ['SCHOOL#a', 'SCHOOL#b'].flatMap((one) => ['', ...under].map((end) => one + end)),
    );
    expect(await count()).toMatchObject({ schools: 2 });
    expect(reads()).toBe(5);
  });

  test('are counted no further than requested', async () => {
    const schools = Array.from({ length: 40 }, (_, n) => `SCHOOL#${n}`);
    const { count, reads } = holding(schools);
    expect(await count(10)).toMatchObject({ schools: 10, isMore: true });
    expect(reads()).toBe(11);
    expect(await count(40)).toMatchObject({ schools: 40, isMore: false });
  });
});
