import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { count } from '../../../functions/console/page/parts/formats.ts';

const PAGE = join(import.meta.dirname, '../../../functions/console/page');

const makesFormatter = (source: string): boolean => /^(export )?const [^=]+ = new Intl\./m.test(source);

test('a count has the form that Intl gives it', () => {
  const intl = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  for (const n of [0, 7, 999, 1_000, 34_567, 1_234_567, 2.5, 999.5, 1_499.4, -1, -1_000, -12_345.6])
    expect(count(n)).toBe(intl.format(n));
});

test('no script of the page makes a formatter of Intl while it is evaluated: the first takes over 100 ms', () => {
  expect(makesFormatter("const a = 1;\nconst grouped = new Intl.NumberFormat('en-US');")).toBe(true);
  const files = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((name) => makesFormatter(readFileSync(join(PAGE, name), 'utf8')))).toEqual([]);
});
