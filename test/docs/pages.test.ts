import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { pictures } from '../../scripts/pictures/pictures.ts';
import { allCommands } from '../cli/command-names.ts';
import { brokenLinks, linksOf, readPages } from './links.ts';
import { missingPaths } from './paths.ts';

/* These tests check that pages tell the truth about links, commands, scripts and pictures. */

const url = (path: string) => new URL(`../../${path}`, import.meta.url);
const exists = (path: string) => existsSync(url(path));
const pages = readPages();
const page = (path: string): string => {
  const text = pages.get(path);
  if (text === undefined) throw new Error(`${path} is no page`);
  return text;
};

test('every link of every page points to an existing file and heading', () => {
  expect(brokenLinks(pages, exists)).toEqual([]);
});

test('a page of the package links to no file that the package lacks', () => {
  const { files } = z
    .object({ files: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(url('package.json'), 'utf8')));
  // npm packs these whatever `files` says
  const packed = [...files, 'README.md', 'LICENSE'];
  const isPacked = (path: string) => packed.some((name) => path === name || path.startsWith(`${name}/`));
  expect(isPacked('CODE_OF_CONDUCT.txt')).toBe(false);
  const missing = [...pages]
    .filter(([path]) => isPacked(path))
    .flatMap(([path, text]) => linksOf(path, text).map((link) => ({ path, link: link.path })))
    .filter(({ link }) => !isPacked(link));
  expect(missing).toEqual([]);
});

test('the README, which is also the page of the package, starts the demo both from a checkout and from a project', () => {
  expect(page('README.md')).toContain('npm ci && npm run demo');
  expect(page('README.md')).toContain('`npx tierferry demo`');
});

test('a link to a missing file, a missing heading, or a heading of a missing page is found', () => {
  const planted = new Map([
    ['docs/a.md', '# One two\n[x](b.md#three-four) [x](#one-two) [x](../README.md)\n```\n[x](no.md)\n```'],
    [
      'docs/b.md',
      '## Three: four\n[x](a.md#three) [x](c.md) ![x](c.svg) [x](c.md#one) [x](https://example.org/c)',
    ],
  ]);
  expect(brokenLinks(planted, (path) => path === 'README.md')).toEqual([
    'docs/b.md: docs/a.md#three',
    'docs/b.md: docs/c.md',
    'docs/b.md: docs/c.svg',
    'docs/b.md: docs/c.md#one',
  ]);
});

test('every path that a page names exists', () => {
  expect(missingPaths(pages, exists)).toEqual([]);
});

test('a path to a missing file or folder is found, also in a diagram and in a pattern', () => {
  const planted = new Map([
    ['a.md', 'See `functions/aws/gone.ts`, test/house/words and `cutover/cut-over.ts`.'],
    [
      'docs/b.md',
      '```\nCopySegment ─ functions/old/\n```\nThe files `test/gone/{a,b}.test.ts` and `cutover/no.ts`.',
    ],
  ]);
  expect(missingPaths(planted, exists)).toEqual([
    'a.md: functions/aws/gone.ts',
    'docs/b.md: functions/old',
    'docs/b.md: test/gone',
    'docs/b.md: cutover/no.ts',
  ]);
});

test("the index of the docs links to every page, and a folder's index to the pages of the folder", () => {
  const reached = new Set(['docs/README.md']);
  for (const path of reached)
    for (const link of linksOf(path, pages.get(path) ?? ''))
      if (path === 'docs/README.md' || path.endsWith('/README.md')) reached.add(link.path);
  expect([...pages.keys()].filter((path) => path.startsWith('docs/') && !reached.has(path))).toEqual([]);
});

test('docs/cli.md lists every command, and no other', async () => {
  const names = (await allCommands()).map(([name]) => name);
  const documented = [...page('docs/cli.md').matchAll(/^\| `([^`]+)` \| [A-Z]/gm)].flatMap(
    ([, given = '']) => {
      const [, words = ''] = /^([a-z \\|-]+?)(?= (?:<|\[|--|[A-Z])|$)/.exec(given.replaceAll('\\', '')) ?? [];
      const [first = '', second] = words.split(' ');
      if (second === undefined || !names.some((name) => name.startsWith(`${first} `)))
        return first.split('|');
      return second.split('|').map((one) => `${first} ${one}`);
    },
  );
  expect([...new Set(documented)].sort()).toEqual([...names].sort());
});

test('every npm script that a page names exists', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(url('package.json'), 'utf8')));
  const named = [...pages].flatMap(([path, text]) =>
    [...text.matchAll(/npm run (?:-s )?([a-z][a-z:-]*)/g)].map(([, name = '']) => ({ path, name })),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ name }) => !(name in scripts))).toEqual([]);
});

test('the diagrams are what npm run pictures draws', () => {
  const drawn = readdirSync(url('docs/pictures')).filter(
    (file) => file.endsWith('.svg') && file !== 'watch.svg',
  );
  expect(drawn.sort()).toEqual(Object.keys(pictures).sort());
  for (const [file, svg] of Object.entries(pictures))
    expect(readFileSync(url(`docs/pictures/${file}`), 'utf8'), file).toBe(svg);
});

test('the pictures of the console are shown, light and dark, and small', () => {
  const shown = [...page('docs/console.md').matchAll(/(?:src|srcset)="(pictures\/console\/[^"]+)"/g)].map(
    ([, path = '']) => path.replace('pictures/console/', ''),
  );
  const taken = readdirSync(url('docs/pictures/console'));
  expect(shown.sort()).toEqual(taken.sort());
  expect(taken.filter((file) => file.endsWith('-light.png')).length).toBe(taken.length / 2);
  expect(taken.filter((file) => statSync(url(`docs/pictures/console/${file}`)).size > 100_000)).toEqual([]);
});
