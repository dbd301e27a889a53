import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSources } from './imports.ts';
import { filesNamedIn } from './named-files.ts';

const exists = (path: string) => existsSync(new URL(`../../${path}`, import.meta.url));

test('every file exists that a script names by a URL or a path, such as the module of a worker', () => {
  const named = [...readSources('functions', 'infra', 'scripts')].flatMap(([file, source]) =>
    filesNamedIn(file, source).map((path) => ({ file, path })),
  );
  expect(named.length).toBeGreaterThan(1);
  expect(named.filter(({ path }) => !exists(path))).toEqual([]);
});

test('a file is found in a URL, also on several lines, and in joined names', () => {
  expect(filesNamedIn('scripts/a/b.ts', "new Worker(new URL(\n  'gone.ts',\n  import.meta.url))")).toEqual([
    'scripts/a/gone.ts',
  ]);
  expect(filesNamedIn('scripts/a/b.ts', "join('scripts', 'a', 'gone.ts')")).toEqual(['scripts/a/gone.ts']);
  expect(filesNamedIn('scripts/a/b.ts', "join(folder, 'made.ts'); new URL(`x.ts`, base)")).toEqual([]);
});
