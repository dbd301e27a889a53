import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, Aspects } from 'aws-cdk-lib';
import * as z from 'zod';
import { parseConfig } from '../functions/migration/settings/config.ts';
import { deployment } from './deployment.ts';
import { Disposable } from './disposable.ts';

/*
 * The deployment of `npm run verify:aws`, which is deleted completely. It accepts only a prefix of that script, so that it
 * cannot replace a real deployment.
 */

const Verification = z.looseObject({ prefix: z.string().regex(/^tfv-[a-z0-9]{6}$/) });

const app = new App();
const file = z.string().parse(app.node.tryGetContext('config'));
const loaded: { readonly default?: unknown } = await import(pathToFileURL(resolve(file)).href);
deployment(app, parseConfig(Verification.parse(loaded.default)));
Aspects.of(app).add(new Disposable());
