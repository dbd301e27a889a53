import { expect, test } from 'vitest';
import { testTeeth } from '../test-teeth.ts';
import { exploreJournal } from './explore.ts';
import { RULES, without } from './rules.ts';
import { TEETH } from './teeth.ts';

testTeeth(TEETH, (bounds, names) => exploreJournal(bounds, without(...names)));

test('every rule has its test', () => {
  expect(new Set(TEETH.flatMap((tooth) => tooth.without))).toEqual(new Set(Object.keys(RULES)));
});
