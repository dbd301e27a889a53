import { expect, test } from 'vitest';
import { capacityWords, isOvercommitted, useWords } from '../../../functions/console/page/parts/capacity.ts';

const onDemand = { mode: 'onDemand', read: null, write: null } as const;
const provisioned = { mode: 'provisioned', read: 2_000, write: 500 } as const;

test('a table has provisioned units, or is on demand with a maximum if one is set', () => {
  expect(capacityWords(provisioned)).toBe('Provisioned: 2,000 read and 500 write units/s');
  expect(capacityWords(onDemand)).toBe('On demand');
  expect(capacityWords({ ...onDemand, write: 1_000 })).toBe('On demand, at most 1,000 write units/s');
  expect(capacityWords(null)).toBe('Capacity not known');
});

test('what migrations may use is said only while some work on the table', () => {
  expect(useWords({ migrations: 0, read: 0, write: 0 })).toBeUndefined();
  expect(useWords({ migrations: 1, read: 1_500, write: 400 })).toBe(
    '1 migration may read 1,500 and write 400 units/s',
  );
  expect(useWords({ migrations: 2, read: 3_000, write: null })).toBe(
    '2 migrations may read 3,000 and write without a limit',
  );
});

test('migrations may use more than a table has if their limits exceed it', () => {
  const within = { migrations: 1, read: 1_500, write: 400 };
  expect(isOvercommitted({ capacity: provisioned, use: within })).toBe(false);
  expect(isOvercommitted({ capacity: provisioned, use: { ...within, write: 600 } })).toBe(true);
  expect(isOvercommitted({ capacity: provisioned, use: { ...within, read: 2_001 } })).toBe(true);
  expect(isOvercommitted({ capacity: provisioned, use: { ...within, write: null } })).toBe(false);
  expect(isOvercommitted({ capacity: onDemand, use: { ...within, write: 9_000 } })).toBe(false);
  expect(isOvercommitted({ capacity: null, use: within })).toBe(false);
});
