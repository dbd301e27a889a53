import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BATCH_WRITE_ITEMS } from '../../functions/migration/limits.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { demoDistricts } from '../../scripts/demo/districts.ts';
import { type DistrictShape, districtItems } from '../../scripts/demo/school-data.ts';

const shapes = fc
  .record({
    schools: fc.integer({ min: 1, max: 40 }),
    more: fc.integer({ min: 0, max: 900 }),
    seed: fc.nat(),
  })
  .map(
    ({ schools, more, seed }): DistrictShape => ({
      tenantId: 'a-district',
      schools,
      items: schools + more,
      seed,
    }),
  );
const keysOf = (shape: DistrictShape) => [...districtItems(shape)].map((item) => item.entityKey?.S);

test('a district has exactly the requested number of items and schools, each with its own key', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const items = [...districtItems(shape)];
      expect(items).toHaveLength(shape.items);
      expect(items.filter((item) => item.entityType?.S === 'SCHOOL')).toHaveLength(shape.schools);
      expect(new Set(items.map((item) => item.entityKey?.S)).size).toBe(shape.items);
      expect(items.every((item) => item.tenantId?.S === 'a-district')).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('the same seed gives the same items, and another seed gives others', () => {
  const shape = { tenantId: 'a-district', schools: 3, items: 400, seed: 1 };
  expect([...districtItems(shape)]).toEqual([...districtItems(shape)]);
  expect([...districtItems(shape)]).not.toEqual([...districtItems({ ...shape, seed: 2 })]);
  expect(keysOf(shape)).toEqual(keysOf({ ...shape, seed: 2 }));
});

test('fewer items than schools is refused', () => {
  expect(() => districtItems({ tenantId: 't', schools: 3, items: 2, seed: 1 }).next()).toThrow(RangeError);
});

test('every entity type of the application is there, with audit fields and hierarchical keys', () => {
  const items = [...districtItems({ tenantId: 't', schools: 4, items: 3_000, seed: 1 })];
  expect(new Set(items.map((item) => item.entityType?.S))).toEqual(
    new Set([
      'SCHOOL',
      'ACADEMIC_YEAR',
      'TEACHER',
      'CLASSROOM',
      'COURSE',
      'STUDENT',
      'ASSIGNMENT',
      'GRADE',
      'ATTENDANCE',
    ]),
  );
  for (const item of items) {
    expect(item.createdAt?.S).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
    expect((item.updatedAt?.S ?? '') >= (item.createdAt?.S ?? '')).toBe(true);
    expect(item.createdBy?.S).toBeTruthy();
    expect(item.updatedBy?.S).toBeTruthy();
    expect(Number(item.version?.N)).toBeGreaterThanOrEqual(1);
  }
  const schools = new Set(
    items.filter((item) => item.entityType?.S === 'SCHOOL').map((item) => item.entityKey?.S),
  );
  const courses = items.filter((item) => item.entityType?.S === 'COURSE');
  expect(courses.every((item) => schools.has(item.entityKey?.S?.split('#').slice(0, 2).join('#')))).toBe(
    true,
  );
});

test('every wire type occurs, and items are about 0.4 KB', () => {
  const items = [...districtItems({ tenantId: 'cedar-valley', schools: 15, items: 5_000, seed: 1 })];
  const types = new Set(items.flatMap((item) => Object.values(item).flatMap((value) => Object.keys(value))));
  expect(types).toEqual(new Set(['S', 'N', 'B', 'SS', 'NS', 'BS', 'L', 'M', 'BOOL', 'NULL']));
  const bytes = items.reduce((sum, item) => sum + JSON.stringify(item).length, 0) / items.length;
  expect(bytes).toBeGreaterThan(400);
  expect(bytes).toBeLessThan(800);
});

test('expiry times are in the future', () => {
  const expiries = [...districtItems({ tenantId: 't', schools: 2, items: 900, seed: 1 })].flatMap((item) =>
    item.expiresAt?.N === undefined ? [] : [Number(item.expiresAt.N)],
  );
  expect(expiries.length).toBeGreaterThan(10);
  expect(Math.min(...expiries)).toBeGreaterThan(Date.now() / 1_000);
});

test('every index of the table design has items, and every index key is a string', () => {
  const items = [...districtItems({ tenantId: 't', schools: 2, items: 900, seed: 1 })];
  for (const index of parseSettings({}).tableDesign.indexes) {
    const keys = items.flatMap((item) => item[index.partitionKey.name] ?? []);
    expect(keys.length).toBeGreaterThan(BATCH_WRITE_ITEMS);
    expect(keys.every((key) => 'S' in key)).toBe(true);
  }
});

test('the demo has about twenty districts over all tiers, and only the chosen one has outgrown its tier', () => {
  const districts = demoDistricts();
  const { tiers } = parseSettings({});
  expect(districts).toHaveLength(20);
  expect(new Set(districts.map(({ tier }) => tier))).toEqual(new Set(tiers.map(({ name }) => name)));
  expect(new Set(districts.map(({ tenantId }) => tenantId)).size).toBe(20);
  const outgrown = districts.filter(({ tier, schools }) => {
    const most = tiers.find(({ name }) => name === tier)?.maxSchools;
    return most !== undefined && schools > most;
  });
  expect(outgrown.map(({ tenantId, schools, items }) => ({ tenantId, schools, items }))).toEqual([
    { tenantId: 'cedar-valley', schools: 15, items: 35_000 },
  ]);
});
