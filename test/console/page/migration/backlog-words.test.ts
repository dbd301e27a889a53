import { expect, test } from 'vitest';
import {
  backlogFigure,
  backlogWords,
} from '../../../../functions/console/page/views/migration/backlog-words.ts';
import { gaining } from './a-detail.ts';

test('no count of keys means few only while changes are applied', () => {
  expect(backlogFigure('catchingUp', null)).toEqual({ value: 'few', note: 'changed keys' });
  expect(backlogFigure('copying', null)).toEqual({ value: '–', note: 'counted after the copy' });
  expect(backlogFigure('catchingUp', 8_400)).toEqual({ value: '8,400', note: 'changed keys' });
});

test('a backlog is told with the rates that change it', () => {
  const last = gaining({})[1];
  if (!last) throw new Error('no sample');
  expect(backlogWords('catchingUp', { ...last, backlog: 840, applied: 300, journalled: 20 })).toBe(
    '840 keys left to apply; 300 keys/s applied, 20 keys/s changed',
  );
  expect(backlogWords('catchingUp', last)).toBe('less is left than a cutover takes');
  expect(backlogWords('copying', last)).toBe('counted while changes are applied');
});
