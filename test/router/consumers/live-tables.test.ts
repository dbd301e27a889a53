import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LiveTables, whenLive } from '../../../functions/router/consumers/live-tables.ts';

const at = (time: number) => ({ from: time, to: time });

test('a table that was always live is live at any time, and any other table is not', () => {
  const tables: LiveTables = { table: 'basic', pastTables: [] };
  expect(whenLive(tables, 'basic', at(0))).toBe('always');
  expect(whenLive(tables, 'advanced', at(0))).toBe('never');
});

test('a flip ends the life of one table and begins that of the other', () => {
  const tables: LiveTables = { table: 'advanced', pastTables: [{ table: 'basic', until: 100 }] };
  expect(whenLive(tables, 'basic', at(99))).toBe('always');
  expect(whenLive(tables, 'advanced', at(99))).toBe('never');
  expect(whenLive(tables, 'basic', at(100))).toBe('never');
  expect(whenLive(tables, 'advanced', at(100))).toBe('always');
});

test('for a time span that contains a flip, both tables were live for a part of it', () => {
  const tables: LiveTables = { table: 'advanced', pastTables: [{ table: 'basic', until: 100 }] };
  const span = { from: 99, to: 100 };
  expect(whenLive(tables, 'basic', span)).toBe('partly');
  expect(whenLive(tables, 'advanced', span)).toBe('partly');
  expect(whenLive(tables, 'premium', span)).toBe('never');
});

test('before the first table that is known, any table may have been live', () => {
  const tables: LiveTables = {
    table: 'advanced',
    pastTables: [{ table: 'basic', from: 50, until: 100 }],
  };
  expect(whenLive(tables, 'premium', at(49))).toBe('partly');
  expect(whenLive(tables, 'premium', { from: 49, to: 50 })).toBe('partly');
  expect(whenLive(tables, 'premium', at(50))).toBe('never');
});

test('at each moment exactly one table was live, for any history of flips', () => {
  const flips = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { maxLength: 10 });
  fc.assert(
    fc.property(flips, fc.integer({ min: 0, max: 1_001 }), (given, time) => {
      const times = given.toSorted((a, b) => a - b);
      const pastTables = times.map((until, n) => ({ table: `table-${n}`, from: times[n - 1], until }));
      const tables = { table: `table-${times.length}`, pastTables };
      const live = [...pastTables.map(({ table }) => table), tables.table].filter(
        (table) => whenLive(tables, table, at(time)) === 'always',
      );
      expect(live).toEqual([`table-${times.filter((flip) => flip <= time).length}`]);
    }),
  );
});
