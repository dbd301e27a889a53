import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { BUILD_PAGE, PAGE_FOLDER } from '../functions/console/page-folder.ts';
import { handlerFile, kebabCase } from './handler-files.ts';
import { processFolder } from './process-folder.ts';
import { ALL_PERMISSIONS } from './step-permissions.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** Options to bundle a handler into the one file that Lambda runs. */
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
 * Bundles every handler: `copy-segment/index.mjs` and its source map. The runtime's own SDK may have any version, so ours is
 * in the bundle. The same source gives the same bytes in any folder, so a deployment without changes changes nothing.
 * @param outdir is created if it is missing.
 */
export const bundleHandlers = (outdir: string): void => {
  const states = Object.keys(ALL_PERMISSIONS);
  const { outputFiles } = buildSync({
    ...BUNDLING,
    entryPoints: states.map((state) => ({ in: handlerFile(state), out: `${kebabCase(state)}/index` })),
    outExtension: { '.js': '.mjs' },
    outdir,
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, path.endsWith('.map') ? withoutSourcePaths(text, dirname(path)) : text);
  }
};

/** Names the sources in a source map from the project's root, and not from the folder of the bundle. */
const withoutSourcePaths = (text: string, folder: string): string => {
  const map: { sources: string[] } = JSON.parse(text);
  return JSON.stringify({
    ...map,
    sources: map.sources.map((source) => relative(PROJECT, resolve(folder, source))),
  });
};

let bundles: string | undefined;

/** Returns the folder with a handler's bundle. The first call makes all bundles; they are deleted when the process ends. */
export const bundleOf = (state: string): string => {
  bundles ??= bundleForThisProcess();
  const folder = join(bundles, kebabCase(state));
  if (state === 'ServeConsole') addPage(folder);
  return folder;
};

/**
 * Puts the built page beside the handler that serves it.
 * @param page folder of the built page. @throws Error if the page has not been built.
 */
export const addPage = (folder: string, page: string = PAGE_FOLDER): void => {
  if (!existsSync(join(page, 'index.html')))
    throw new Error(
      `the configuration has a console, and its page is not built. Nothing was deployed. Run '${BUILD_PAGE}', then try again`,
    );
  cpSync(page, join(folder, 'page'), { recursive: true });
};

const bundleForThisProcess = (): string => {
  const folder = processFolder('bundles');
  bundleHandlers(folder);
  return folder;
};
