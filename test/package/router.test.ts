import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { RESOLUTIONS, STRICT, typeProblems } from './type-resolution.ts';

/*
 * Tests the package `@tierferry/router`: the tarball of `npm pack`, in a project that has the AWS SDK and nothing else.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'tierferry-router-'));
const copy = join(work, 'copy');
const project = join(work, 'project');
const installed = join(project, 'node_modules', '@tierferry', 'router');

const run = async (program: string, args: readonly string[], cwd: string): Promise<string> =>
  (await promisify(execFile)(program, args, { cwd })).stdout;

const tarball = (): string => join(work, readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '');

beforeAll(async () => {
  for (const path of [
    'functions/router',
    'scripts/build',
    'LICENSE',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ])
    cpSync(join(ROOT, path), join(copy, path), {
      recursive: true,
      filter: (from) => from !== join(ROOT, 'functions/router/dist'),
    });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await run('npm', ['pack', '--pack-destination', work], join(copy, 'functions', 'router'));
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball(), '--strip-components=1'], installed);
  for (const name of ['@aws-sdk', '@smithy', '@types'])
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'school', type: 'module' }));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('it contains what runs, its types and its licence, and depends on nothing', async () => {
  expect(readdirSync(installed).sort()).toEqual(['README.md', 'dist', 'package.json']);
  const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files).toContain('LICENSE');
  expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  const Manifest = z.object({
    dependencies: z.undefined().optional(),
    peerDependencies: z.record(z.string(), z.string()),
  });
  const { peerDependencies } = Manifest.parse(
    JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')),
  );
  expect(Object.keys(peerDependencies)).toEqual(['@aws-sdk/client-dynamodb']);
});

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test('it compiles in a strict project, and keeps the types of the client', async () => {
  writeFileSync(
    join(project, 'use.ts'),
    `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocument, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { routedClient, TenantRouter, type TenantRouting, UnroutableRequest } from '@tierferry/router';

const client = new DynamoDBClient({});
const router = new TenantRouter({ client, hooks: { routeRead: ({ ms }) => void ms } });
export const raw: DynamoDBClient = routedClient(client, { table: 'school-data', router });
export const documents: DynamoDBDocumentClient = routedClient(DynamoDBDocumentClient.from(client), { table: 'a' });
export const full: DynamoDBDocument = routedClient(DynamoDBDocument.from(client), { table: ['a', 'b'], tenant: () => 'x' });
export const fake: TenantRouting = {
  read: (_tenantId, operation) => operation('table', { signal: new AbortController().signal }),
  write: (_tenantId, operation) => operation('table', { signal: new AbortController().signal }),
};
export const isRefused = (error: unknown) => error instanceof UnroutableRequest && error.reason === 'scan';
// @ts-expect-error the table has to be named
routedClient(client, {});
`,
  );
  cpSync(join(project, 'use.ts'), join(project, 'use.cts'));
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  for (const resolution of RESOLUTIONS)
    for (const file of ['use.ts', 'use.cts'])
      expect(await run(tsc, [...STRICT, ...resolution, file], project), `${file} ${resolution}`).toBe('');
});

test('its types fit its code, for modules and for CommonJS', async () => {
  expect(await typeProblems(tarball())).toEqual([]);
});

test('it runs as a module, and from CommonJS', async () => {
  const esm = "import { routedClient } from '@tierferry/router'; console.log(typeof routedClient);";
  const commonJs = "const { routedClient } = require('@tierferry/router'); console.log(typeof routedClient);";
  writeFileSync(join(project, 'use.mjs'), esm);
  writeFileSync(join(project, 'use.cjs'), commonJs);
  for (const file of ['use.mjs', 'use.cjs']) expect(await run('node', [file], project)).toBe('function\n');
});
