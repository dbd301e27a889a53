import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCommonJs } from './common-js.ts';

/* Builds the package `@tierferry/router` from the files that `tierferry/router` is built from. */

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const ROUTER = join(PROJECT, 'functions', 'router');
const DIST = join(ROUTER, 'dist');

rmSync(DIST, { recursive: true, force: true });
execFileSync('tsc', ['--project', join(ROUTER, 'tsconfig.build.json')], { stdio: 'inherit' });
writeCommonJs(ROUTER);
cpSync(join(PROJECT, 'LICENSE'), join(DIST, 'LICENSE'));
