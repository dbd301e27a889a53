import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import { guards, without } from './guards.ts';
import { BACKED, TEETH, UNNEEDED } from './teeth.ts';
import { testTeeth } from './test-teeth.ts';

testTeeth([...TEETH, ...BACKED], (bounds, names) => explore(bounds, without(...names)));

test('every guard has its test', () => {
  const tested = [...TEETH, ...BACKED].flatMap((one) => one.without).concat(UNNEEDED.map(([name]) => name));
  expect(new Set(tested)).toEqual(new Set(Object.keys(guards)));
});
