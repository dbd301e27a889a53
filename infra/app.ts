import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { parseConfig } from '../functions/migration/settings/config.ts';
import { deployment } from './deployment.ts';

if (process.env.TIERFERRY_SETTINGS !== undefined)
  throw new Error(
    'TIERFERRY_SETTINGS is only for functions and the command line. Nothing was synthesised. Unset it, and put the settings into tierferry.config.ts.',
  );
const app = new App();
/** The configuration file; `npx cdk deploy -c config=staging.config.ts` uses another one. */
const file: unknown = app.node.tryGetContext('config') ?? 'tierferry.config.ts';
const loaded: { readonly default?: unknown } = await import(pathToFileURL(resolve(String(file))).href);
if (loaded.default === undefined)
  throw new Error(`${file} has no default export; it must have one: export default defineConfig({ ... })`);
deployment(app, parseConfig(loaded.default));
