import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ACCEPTABLE_FINDINGS } from '../../../functions/migration/settings/acceptable-findings.ts';
import { readSources } from '../../house/imports.ts';

const DOC = readFileSync(new URL('../../../docs/plan.md', import.meta.url), 'utf8');
/** Code that makes a finding: its code is the first string, or the kind of an item that cannot be moved. */
const MADE =
  /\b(?:blocker|warning|report|acceptable)\(\s*(?:settings,\s*)?'([a-z-]+)'|case '([a-z-]+)':|code: '([a-z-]+)'/g;

const codesIn = (source: string): string[] =>
  [...source.matchAll(MADE)].map(([, called, kind, code]) => called ?? kind ?? code ?? '');
const made = [...readSources('functions/migration/plan')].flatMap(([, source]) => codesIn(source));

test('docs/plan.md has every code of a finding, and no other', () => {
  const rows = DOC.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
  );
  expect([...documented].sort()).toEqual([...new Set(made)].sort());
  const starred = rows.filter((row) => row.includes('blocker *')).join();
  for (const code of made)
    expect(starred.includes(`\`${code}\``), code).toBe(
      (ACCEPTABLE_FINDINGS as readonly string[]).includes(code),
    );
});

test('a planted code is found', () => {
  expect(codesIn("found.push(blocker('one', '')); acceptable(\n  settings,\n  'two', '')")).toEqual([
    'one',
    'two',
  ]);
});
