import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { parseConfig } from '../functions/migration/config.ts';
import { deployment } from './deployment.ts';

const app = new App();
/** `npx cdk deploy -c config=staging.config.ts` takes another. */
const file: unknown = app.node.tryGetContext('config') ?? 'tierferry.config.ts';
const loaded: { readonly default?: unknown } = await import(pathToFileURL(resolve(String(file))).href);
if (loaded.default === undefined)
  throw new Error(`${file} has no default export; it should say: export default defineConfig({ ... })`);
deployment(app, parseConfig(loaded.default));
