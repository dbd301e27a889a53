import { expect, test } from 'vitest';
import {
  capitalised,
  formatBytes,
  formatCount,
  formatCounted,
  formatUsd,
} from '../../../scripts/cli/render/figures.ts';
import { renderTable } from '../../../scripts/cli/render/text-table.ts';

test('numbers are grouped, and one item is singular', () => {
  expect([
    formatCount(34_567),
    formatCounted(1, 'item'),
    formatCounted(2, 'item'),
    formatCounted(0, 'item'),
  ]).toEqual(['34,567', '1 item', '2 items', '0 items']);
});

test('bytes use the largest unit that they fill', () => {
  expect([0, 1_023, 1_024, 1_536, 14_260_633, 5 * 2 ** 30].map(formatBytes)).toEqual([
    '0 B',
    '1,023 B',
    '1.0 KB',
    '1.5 KB',
    '13.6 MB',
    '5.0 GB',
  ]);
});

test('small amounts of money keep the digits that matter', () => {
  expect([0, 0.00412, 0.5, 12.3].map(formatUsd)).toEqual(['$0.00', '$0.0041', '$0.5000', '$12.30']);
});

test('columns are as wide as their widest cell, and no line ends in spaces', () => {
  expect(
    renderTable(
      ['name', 'n'],
      [
        ['a', '1'],
        ['Björn', '1,000'],
        ['b', ''],
      ],
      ['left', 'right'],
    ),
  ).toEqual(['name       n', '-----  -----', 'a          1', 'Björn  1,000', 'b']);
});

test('a status at the head of a page is shown as words', () => {
  expect(['copying', 'rolledBack', 'cleaningUp'].map(capitalised)).toEqual([
    'COPYING',
    'ROLLED BACK',
    'CLEANING UP',
  ]);
});
