import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { readPages } from './links.ts';

const url = (path: string) => new URL(`../../${path}`, import.meta.url);
const manifest = z
  .object({
    exports: z.record(z.string(), z.unknown()),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(url('package.json'), 'utf8')));
const packages = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies };

const importsOf = (page: string): string[] =>
  [...page.matchAll(/^ *```(?:ts|js)\n([\s\S]*?)^ *```/gm)].flatMap(([, code = '']) =>
    [...code.matchAll(/\b(?:from|import)\s+'([^']+)'|\bimport\('([^']+)'\)/g)].map(
      ([, from, lazy]) => from ?? lazy ?? '',
    ),
  );

/** Returns true if a reader can import this: a file of the repository's root folder, an export of the package, or a dependency. */
const isKnown = (specifier: string): boolean => {
  if (specifier.startsWith('.')) return existsSync(url(posix.normalize(specifier)));
  if (specifier.startsWith('node:')) return true;
  const [name = '', ...path] = specifier.startsWith('@')
    ? [specifier.split('/').slice(0, 2).join('/')]
    : specifier.split('/');
  return name === 'tierferry' ? `./${path.join('/')}` in manifest.exports : name in packages;
};

const unknownIn = (pages: ReadonlyMap<string, string>): string[] =>
  [...pages].flatMap(([path, page]) =>
    importsOf(page)
      .filter((specifier) => !isKnown(specifier))
      .map((specifier) => `${path}: ${specifier}`),
  );

test('every import of a code block of a page can be resolved', () => {
  const pages = readPages();
  expect([...pages.values()].flatMap(importsOf).length).toBeGreaterThan(10);
  expect(unknownIn(pages)).toEqual([]);
});

test('an import of a missing file, a missing export or an unknown package is found', () => {
  const page = [
    '```ts',
    "import { a } from './functions/gone.ts';",
    "import { b } from 'tierferry/gone';",
    "import { c } from 'unknown-package/part';",
    "import { d } from 'tierferry/router';",
    "import { e } from '@aws-sdk/client-dynamodb';",
    '```',
  ].join('\n');
  expect(unknownIn(new Map([['docs/a.md', page]]))).toEqual([
    'docs/a.md: ./functions/gone.ts',
    'docs/a.md: tierferry/gone',
    'docs/a.md: unknown-package/part',
  ]);
});
