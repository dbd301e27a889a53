import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/* Builds the package `@tierferry/router` from the files that `tierferry/router` is built from. */

const ROUTER = fileURLToPath(new URL('../../functions/router/', import.meta.url));

rmSync(join(ROUTER, 'dist'), { recursive: true, force: true });
execFileSync('tsc', ['--project', join(ROUTER, 'tsconfig.build.json')], { stdio: 'inherit' });
