import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import * as z from 'zod';

/*
 * `node --import ./scripts/examples/from-checkout.ts EXAMPLE` runs an example of docs/examples in a checkout. Its imports
 * from the package `tierferry` resolve to the sources, since the package is neither built nor installed there.
 */

const ROOT = new URL('../../', import.meta.url);

const { exports: exported } = z
  .object({
    exports: z.record(
      z.string(),
      z.union([z.string(), z.object({ import: z.object({ default: z.string() }) })]),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')));

/**
 * Returns the URL of the source of a package export, e.g. `tierferry/router`; undefined for other specifiers.
 * `@tierferry/router` is built from the same file.
 */
const sourceOf = (given: string): string | undefined => {
  const specifier = given === '@tierferry/router' ? 'tierferry/router' : given;
  const entry = exported[specifier.replace(/^tierferry(?=\/)/, '.')];
  return typeof entry === 'object' && specifier.startsWith('tierferry/')
    ? new URL(entry.import.default.replace('./dist/', './').replace(/\.js$/, '.ts'), ROOT).href
    : undefined;
};

registerHooks({
  resolve: (specifier, context, next) => next(sourceOf(specifier) ?? specifier, context),
});
