import { expect, test } from 'vitest';
import { formatDuration } from '../../functions/migration/format-duration.ts';

test('durations change their unit without a jump', () => {
  expect(
    [0, 0.2, 340, 999.6, 1_000, 59_949, 59_950, 185_000, 3_599_400, 3_600_000, 86_400_000].map(
      formatDuration,
    ),
  ).toEqual([
    '0 s',
    '1 ms',
    '340 ms',
    '1.0 s',
    '1.0 s',
    '59.9 s',
    '1 min 00 s',
    '3 min 05 s',
    '59 min 59 s',
    '1 h 00 min',
    '1 d 00 h',
  ]);
});
