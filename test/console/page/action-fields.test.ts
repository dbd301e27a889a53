import { expect, test } from 'vitest';
import { actionFields, unitsError } from '../../../functions/console/page/parts/action-fields.ts';

const typed = (given: object = {}) => ({ hours: '24', write: '', read: '', ...given });

test('a limit that was not typed is not changed', () => {
  expect(actionFields('limit', typed({ write: '500' }))).toEqual({ writeUnitsPerSecond: 500 });
  expect(actionFields('limit', typed({ write: ' ', read: '90' }))).toEqual({ readUnitsPerSecond: 90 });
  expect(actionFields('limit', typed())).toBeUndefined();
});

test('a limit is a whole number of units', () => {
  expect(actionFields('limit', typed({ write: '0.5', read: '90' }))).toBeUndefined();
  expect(unitsError('0')).toBe('Give a whole number, 1 or more.');
  expect(unitsError('')).toBeUndefined();
});

test('a hold is a number of hours, and other actions have no further field', () => {
  expect(actionFields('hold', typed({ hours: '1.5' }))).toEqual({ holdMs: 5_400_000 });
  expect(actionFields('hold', typed({ hours: '' }))).toBeUndefined();
  expect(actionFields('hold', typed({ hours: '-1' }))).toBeUndefined();
  expect(actionFields('pause', typed())).toEqual({});
});
