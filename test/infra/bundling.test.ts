import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import * as errors from '../../functions/migration/errors.ts';
import { bundling } from '../../infra/bundling.ts';
import { OTHER_NEEDS, STAGE_NEEDS } from '../../infra/stage-needs.ts';
import { handlerFile } from '../../infra/state-machine-files.ts';

const outdir = mkdtempSync(join(tmpdir(), 'tierferry-bundle-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** As CDK has it. */
const optionsFor = (entry: string, keepNames = bundling.keepNames === true) => ({
  entryPoints: [entry],
  bundle: true,
  platform: 'node' as const,
  format: 'esm' as const,
  target: bundling.target ?? '',
  minify: bundling.minify === true,
  keepNames,
  mainFields: bundling.mainFields ?? [],
  banner: { js: bundling.banner ?? '' },
});

/** Bundles as CDK does, and loads the result. */
const load = async (entry: string, name: string, keepNames = bundling.keepNames === true) => {
  const outfile = join(outdir, `${name}.mjs`);
  await build({ ...optionsFor(entry, keepNames), outfile });
  const loaded: Record<string, unknown> = await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  return loaded;
};

const ERRORS = new URL('../../functions/migration/errors.ts', import.meta.url).pathname;
const namesOf = (classes: Record<string, unknown>): [string, unknown][] =>
  Object.entries(classes)
    .filter(([name]) => name !== 'TierferryError')
    .map(([name, thrown]) => [
      name,
      typeof thrown === 'function' ? Reflect.construct(thrown, ['why']).name : '',
    ]);

test('errors have the names in the bundle that the state machine matches', async () => {
  const bundled = namesOf(await load(ERRORS, 'errors'));
  expect(bundled.map(([name]) => name).sort()).toEqual(
    namesOf(errors)
      .map(([name]) => name)
      .sort(),
  );
  for (const [name, thrown] of bundled) expect(thrown).toBe(name);
});

test('without keepNames they would not', async () => {
  const bundled = namesOf(await load(ERRORS, 'errors-without-names', false));
  expect(bundled.filter(([name, thrown]) => name === thrown)).toEqual([]);
});

/** The largest has 762 KB: a dependency that weighs more than a little is noticed. */
const BUNDLE_BYTES = 800_000;

test('no bundle grows beyond its budget', async () => {
  const handlers = [...Object.keys(STAGE_NEEDS), ...Object.keys(OTHER_NEEDS)];
  const { outputFiles } = await build({
    ...optionsFor(handlerFile('CopySegment')),
    entryPoints: handlers.map(handlerFile),
    outdir,
    write: false,
  });
  expect(outputFiles).toHaveLength(handlers.length);
  const tooLarge = outputFiles.filter(({ contents }) => contents.byteLength > BUNDLE_BYTES);
  expect(tooLarge.map(({ path, contents }) => `${path}: ${contents.byteLength}`)).toEqual([]);
});

test('a bundle is one file that loads and exports its handler', async () => {
  const { handler } = await load(handlerFile('CopySegment'), 'copy-segment');
  expect(handler).toBeTypeOf('function');
});
