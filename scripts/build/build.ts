import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { writeCommonJs } from './common-js.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(PROJECT, 'dist');
/** Files that the package needs and the compiler does not copy. */
const COPIED = ['state-machines', 'scripts/launch.cjs', 'scripts/local/engines/DynamoDbLocalRunner.java'];

// JavaScript and types are at the same paths as their source
rmSync(DIST, { recursive: true, force: true });
execFileSync('tsc', ['--project', join(PROJECT, 'tsconfig.build.json')], { stdio: 'inherit' });
const isCompiled = (path: string) => path.endsWith('.ts');
for (const path of COPIED)
  cpSync(join(PROJECT, path), join(DIST, path), { recursive: true, filter: (from) => !isCompiled(from) });
writeCommonJs(PROJECT);
execFileSync('npm', ['run', '--silent', 'build:console'], { cwd: PROJECT, stdio: 'inherit' });
// the compiler copies package.json, since the command line reads its version there
const manifest = join(PROJECT, 'package.json');
const { version, type, peerDependencies } = z
  .object({ version: z.string(), type: z.string(), peerDependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(manifest, 'utf8')));
writeFileSync(
  join(DIST, 'package.json'),
  `${JSON.stringify({ version, type, peerDependencies }, null, 2)}\n`,
);
