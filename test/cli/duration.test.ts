import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { parseDuration } from '../../scripts/cli/duration.ts';

test.each([
  ['0', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['15m', 900_000],
  ['1.5h', 5_400_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['1h30m', 5_400_000],
  ['0s', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '5', '-1s', '1w', 's', '1 h', 'soon', '1h-2m', '1e9d', 'NaNs', `${'9'.repeat(40)}d`])(
  "'%s' is not a duration",
  (text) => {
    expect(() => parseDuration(text)).toThrow(InvalidRequest);
  },
);

test('any input gives whole milliseconds or an invalid request', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.smhd-e ') }), (text) => {
      try {
        const ms = parseDuration(text);
        expect(Number.isSafeInteger(ms)).toBe(true);
        expect(ms).toBeGreaterThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidRequest);
      }
    }),
  );
});
