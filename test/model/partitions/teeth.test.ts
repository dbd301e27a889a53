import { expect, test } from 'vitest';
import { written } from '../search.ts';
import { testTeeth } from '../test-teeth.ts';
import { explorePartitions } from './explore.ts';
import { RULES, without } from './rules.ts';
import { BACKED, TEETH } from './teeth.ts';

testTeeth([...TEETH, ...BACKED], (bounds, names) => explorePartitions(bounds, without(...names)));

test('a partition that the copy has left out is found by the comparison', () => {
  const { counterexample } = explorePartitions({ writes: 1 }, without('everyPartitionIsCopied'));
  expect(counterexample && written(counterexample)).toBeUndefined();
});

test('every rule has its test', () => {
  const tested = [...TEETH, ...BACKED].flatMap((tooth) => tooth.without);
  expect(new Set(tested)).toEqual(new Set(Object.keys(RULES)));
});
