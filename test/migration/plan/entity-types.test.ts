import { expect, test } from 'vitest';
import { EntityTypes } from '../../../functions/migration/plan/entity-types.ts';
import { EMPTY_SURVEY, mergeSurveys } from '../../../functions/migration/plan/merge-surveys.ts';

test("a type may have any name, including the name of an object's property", () => {
  const types = new EntityTypes();
  for (const name of ['__proto__', 'constructor', '', 'SCHOOL', 'SCHOOL'])
    types.add(name, { items: 1, bytes: 2 });
  const survey = { ...EMPTY_SURVEY, byEntityType: types.value() };
  const twice = JSON.parse(JSON.stringify(mergeSurveys(survey, survey).byEntityType));
  expect(Object.entries(twice)).toEqual([
    ['__proto__', { items: 2, bytes: 4 }],
    ['constructor', { items: 2, bytes: 4 }],
    ['', { items: 2, bytes: 4 }],
    ['SCHOOL', { items: 4, bytes: 8 }],
  ]);
});

test('a hundred types are counted separately, and no item of the others is lost', () => {
  const types = new EntityTypes();
  for (let n = 0; n < 5_000; n += 1) types.add(`T${n}`, { items: 1, bytes: 10 });
  const sums = Object.values(types.value());
  expect(sums).toHaveLength(101);
  expect(sums.reduce((sum, { items }) => sum + items, 0)).toBe(5_000);
  expect(types.value()['(others)']).toEqual({ items: 4_900, bytes: 49_000 });
});

test('data F14: a name of any length takes little of a record, and no item is lost', () => {
  const types = new EntityTypes();
  for (let n = 0; n < 150; n += 1) types.add(`${n}${'é'.repeat(5_000)}`, { items: 1, bytes: 10 });
  types.add(`😀${'x'.repeat(300_000)}`, { items: 1, bytes: 10 });
  const survey = mergeSurveys({ ...EMPTY_SURVEY, byEntityType: types.value() }, EMPTY_SURVEY);
  expect(JSON.stringify(survey).length).toBeLessThan(20_000);
  expect(Object.values(survey.byEntityType).reduce((sum, { items }) => sum + items, 0)).toBe(151);
});
