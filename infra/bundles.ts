import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { kebabCase } from './state-machine-files.ts';

/** TypeScript in a checkout, JavaScript in the package. */
const EXTENSION = extname(import.meta.url);
const PROJECT = fileURLToPath(new URL('..', import.meta.url));
const HANDLERS = join(PROJECT, 'functions', 'handlers');

/** How a handler becomes the one file that Lambda runs. */
export const BUNDLING = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  // the state machine matches errors by the names of their classes
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  mainFields: ['module', 'main'],
  // some packages still call require()
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Bundles every handler: `copy-segment/index.mjs` and its source map. The runtime's own SDK may be any version, so ours
 * is in the bundle. The same source makes the same bytes wherever it lies, so a deployment of nothing new changes nothing.
 * @param outdir is created where it is missing.
 */
export const bundleHandlers = (outdir: string): void => {
  const names = readdirSync(HANDLERS)
    .filter((file) => file.endsWith(EXTENSION) && !file.endsWith(`.d${EXTENSION}`))
    .map((file) => basename(file, EXTENSION));
  const { outputFiles } = buildSync({
    ...BUNDLING,
    entryPoints: names.map((name) => ({ in: join(HANDLERS, name + EXTENSION), out: `${name}/index` })),
    outExtension: { '.js': '.mjs' },
    outdir,
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith('.map') ? withoutPlace(text, dirname(path)) : text);
  }
};

/** A source map whose sources are named from the project's root, and not from where the bundle happens to be. */
const withoutPlace = (text: string, folder: string): string => {
  const map: { sources: string[] } = JSON.parse(text);
  return JSON.stringify({
    ...map,
    sources: map.sources.map((source) => relative(PROJECT, resolve(folder, source))),
  });
};

let bundled: string | undefined;

/** The folder with a handler's bundle. All are made at the first call, and gone when the process ends. */
export const bundleOf = (state: string): string => {
  bundled ??= bundleForThisProcess();
  const folder = join(bundled, kebabCase(state));
  if (!existsSync(folder)) throw new Error(`state ${state} has no handler ${kebabCase(state)}${EXTENSION}`);
  return folder;
};

const bundleForThisProcess = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tierferry-bundles-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  bundleHandlers(folder);
  return folder;
};
