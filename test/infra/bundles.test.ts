import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as errors from '../../functions/migration/errors.ts';
import { BUNDLING, bundleHandlers } from '../../infra/bundles.ts';
import { kebabCase } from '../../infra/handler-files.ts';
import { ALL_PERMISSIONS, CONSOLE_PERMISSIONS } from '../../infra/step-permissions.ts';
import { addLambdaStreaming } from '../support/lambda-streaming.ts';

const work = mkdtempSync(join(tmpdir(), 'tierferry-bundles-test-'));
const outdir = join(work, 'bundles');
const handlers = Object.keys(ALL_PERMISSIONS).map(kebabCase);
beforeAll(() => {
  // the console's handlers are made with it when they are loaded
  addLambdaStreaming();
  bundleHandlers(outdir);
});
afterAll(() => rmSync(work, { recursive: true }));

/** Bundles the errors in the same way as a handler, and loads the result. */
const loadErrors = async (keepNames: boolean): Promise<Record<string, unknown>> => {
  const outfile = join(work, `errors-${keepNames}.mjs`);
  const entry = new URL('../../functions/migration/errors.ts', import.meta.url).pathname;
  await build({ ...BUNDLING, keepNames, entryPoints: [entry], outfile });
  return import(/* @vite-ignore */ pathToFileURL(outfile).href);
};
const namesOf = (classes: Record<string, unknown>): [string, unknown][] =>
  Object.entries(classes)
    .filter(([name]) => name !== 'TierferryError')
    .map(([name, thrown]) => [
      name,
      typeof thrown === 'function' ? Reflect.construct(thrown, ['reason']).name : '',
    ]);

test('errors have the names in the bundle that the state machine matches', async () => {
  const bundled = namesOf(await loadErrors(BUNDLING.keepNames));
  expect(bundled.map(([name]) => name).sort()).toEqual(
    namesOf(errors)
      .map(([name]) => name)
      .sort(),
  );
  for (const [name, thrown] of bundled) expect(thrown).toBe(name);
});

test('without keepNames they have others', async () => {
  const bundled = namesOf(await loadErrors(false));
  expect(bundled.filter(([name, thrown]) => name === thrown)).toEqual([]);
});

/**
 * The largest bundle has 883 KB, of which Application Auto Scaling takes 30. A heavy new dependency exceeds the budget.
 */
const BUNDLE_BYTES = 900_000;
/** The console's have 1,425 KB, of which zod has 471: the package that makes the OpenAPI document imports all of it. */
const CONSOLE_BYTES = 1_445_000;
const budgetOf = (name: string) =>
  Object.keys(CONSOLE_PERMISSIONS).map(kebabCase).includes(name) ? CONSOLE_BYTES : BUNDLE_BYTES;

test('every handler has a bundle within its budget, which loads and exports the handler', async () => {
  expect(readdirSync(outdir).sort()).toEqual([...handlers].sort());
  const bytes = handlers.map((name) => [name, statSync(join(outdir, name, 'index.mjs')).size] as const);
  expect(bytes.filter(([name, size]) => size > budgetOf(name))).toEqual([]);
  for (const name of handlers) {
    const loaded: { handler?: unknown } = await import(
      /* @vite-ignore */ pathToFileURL(join(outdir, name, 'index.mjs')).href
    );
    expect(loaded.handler, name).toBeTypeOf('function');
  }
});

test('the same source makes the same bytes in any folder, so that a second deployment changes nothing', () => {
  const elsewhere = join(work, 'some', 'other', 'place');
  bundleHandlers(elsewhere);
  for (const name of handlers)
    for (const file of ['index.mjs', 'index.mjs.map'])
      expect(readFileSync(join(elsewhere, name, file)).equals(readFileSync(join(outdir, name, file)))).toBe(
        true,
      );
  const { sources } = JSON.parse(readFileSync(join(outdir, 'cut-over', 'index.mjs.map'), 'utf8'));
  expect(sources).toContain('functions/handlers/cut-over.ts');
});
