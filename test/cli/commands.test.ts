import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MigrationId, TableName, TenantId } from '../../functions/migration/names.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, collect, controlState, untilFlipped } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';
import { until } from '../support/until.ts';
import { type Ran, runCli } from './run-cli.ts';
import { runWithEnv } from './run-in-process.ts';

const settings = { leaseMs: 1, holdMs: 0, pageItems: 40 };
let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({ settings, countsSchools: false, overrides: { waits: SHORT_WAITS } });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

const env = () => ({ ...stack.env, TIERFERRY_SETTINGS: JSON.stringify(settings) });
const cli = (...args: string[]): Promise<Ran> => runWithEnv(args, env());
/** Runs the command line as a process, for exit codes, pipes and signals. */
const cliProcess = (...args: string[]): Promise<Ran> => runCli(args, env());
/** Returns the documents on stdout, one per line. */
const documents = ({ stdout }: Ran): unknown[] => {
  expect(stdout.endsWith('\n')).toBe(true);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
};
/** Returns the only document on stdout. */
const document = (ran: Ran): unknown => {
  const all = documents(ran);
  expect(all).toHaveLength(1);
  return all[0];
};
const flipped = (migrationId: MigrationId) => untilFlipped(stack.ports, migrationId);
const latestOf = async (tenantId: TenantId): Promise<MigrationId> => {
  const [latest] = await until(`a migration of ${tenantId}`, async () => {
    const all = await collect(stack.ports.migrations.list({ tenantId }));
    return all.length > 0 && all;
  });
  return latest?.migrationId as MigrationId;
};
const ESCAPE = String.fromCharCode(27);

test('a tenant is added, listed and shown', async () => {
  const added = await cliProcess(
    'tenant',
    'add',
    'north',
    '--tier',
    'basic',
    '--name',
    'North',
    '--schools',
    '4',
    '--by',
    'ana',
    '--json',
  );
  expect(added.code).toBe(0);
  const tenant = { tenantId: 'north', name: 'North', schoolCount: 4, createdBy: 'ana' };
  expect(document(added)).toMatchObject({ tenant: { ...tenant, table: 'saas-tenant-data-basic' } });
  const [listed, words, shown] = await Promise.all([
    cli('tenant', 'list', '--tier', 'basic', '--json'),
    cli('tenant', 'list'),
    cli('tenant', 'show', 'north', '--json'),
  ]);
  expect(document(listed)).toMatchObject({
    tenants: expect.arrayContaining([expect.objectContaining({ tenantId: 'north' })]),
  });
  expect(words.stdout).toMatch(/^north +North +basic +4 of 10 +saas-tenant-data-basic$/m);
  expect(document(shown)).toMatchObject({
    tenant: { tenantId: 'north' },
    route: { table: 'saas-tenant-data-basic', writes: 'open' },
    migrations: [],
  });
});

test('a plan changes nothing but its own record, and so does migrate --dry-run', async () => {
  await addTenant(stack.ports, { tenantId: 'planned', items: 200 });
  const before = await controlState(stack.ports);
  const [plan, dryRun] = await Promise.all([
    cli('plan', 'planned', '--to', 'advanced', '--json'),
    cli('migrate', 'planned', '--to', 'advanced', '--dry-run', '--json'),
  ]);
  for (const ran of [plan, dryRun]) {
    expect(ran.code).toBe(0);
    expect(document(ran)).toMatchObject({
      migrationId: expect.stringMatching(/^mig-/),
      plan: { items: 200, schools: 3, findings: [], target: { table: 'saas-tenant-data-advanced' } },
    });
  }
  expect(await controlState(stack.ports)).toEqual(before);
});

test('a plan with blockers exits with 3 and shows them first', async () => {
  const { tenantId } = await addTenant(stack.ports, { tenantId: 'blocked', items: 60 });
  await stack.ports.partition(tenantId).write('saas-tenant-data-premium' as TableName, {
    puts: [{ tenantId: { S: tenantId }, entityKey: { S: 'SCHOOL#old' } }],
    deletes: [],
  });
  const { code, stdout } = await cli('plan', 'blocked', '--to', 'premium');
  expect(code).toBe(3);
  const watched = await cli('migrate', 'blocked', '--to', 'premium', '--watch');
  expect(watched.code).toBe(3);
  expect(watched.stdout).toMatch(/failed before anything was changed.*\nwhy: MigrationBlocked/);
  expect(stdout).toMatch(/BLOCKER target-partition-not-empty: .*\n(.*\n)*.*entity type/);
});

test('a watched migration shows its stages as plain lines, ends with its report, and exits with 0', async () => {
  await addTenant(stack.ports, { tenantId: 'watched', items: 300 });
  const { code, stdout, stderr } = await cliProcess('migrate', 'watched', '--to', 'advanced', '--watch');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).not.toContain(ESCAPE);
  for (const stage of [
    'Provision target table',
    'Copy partition',
    'Update tenant registry',
    'Flip routing flag',
    'Verify and clean up',
  ])
    expect(stdout).toMatch(new RegExp(`^\\[\\d/5\\] ${stage} +done`, 'm'));
  expect(stdout).toMatch(/All equal/);
  expect(stdout).toMatch(/is completed: watched lives on saas-tenant-data-advanced/);
});

test('a migration is requested, watched, reported and verified by its id, each as one document', async () => {
  await addTenant(stack.ports, { tenantId: 'followed', items: 150 });
  const requested = await cli(
    'migrate',
    'followed',
    '--to',
    'advanced',
    '--hold',
    '0',
    '--yes',
    '--by',
    'ana',
    '--json',
  );
  expect(requested.code).toBe(0);
  const { migration } = document(requested) as { migration: { migrationId: string } };
  const { migrationId } = migration;
  expect(migration).toMatchObject({ tenantId: 'followed', holdMs: 0, requestedBy: 'ana' });

  const watched = await cli('status', migrationId, '--watch', '--json');
  expect(watched.code).toBe(0);
  const seen = documents(watched);
  expect(seen[0]).toMatchObject({ kind: 'migration-progress', next: { action: 'watch', migrationId } });
  expect(seen.at(-1)).toMatchObject({
    kind: 'migration-outcome',
    next: null,
    migration: { status: 'completed' },
    report: { outcome: 'completed' },
  });

  const [status, list, report, words, verify] = await Promise.all([
    cli('status', migrationId, '--json'),
    cli('status', '--json'),
    cli('report', migrationId, '--json'),
    cli('report', migrationId),
    cli(
      'verify',
      'followed',
      '--table',
      'saas-tenant-data-advanced',
      '--against',
      'saas-tenant-data-basic',
      '--json',
    ),
  ]);
  expect(document(status)).toMatchObject({
    migration: { migrationId },
    execution: 'ended',
    items: { total: 150, copied: 150 },
  });
  expect(document(list)).toMatchObject({
    migrations: expect.arrayContaining([expect.objectContaining({ migrationId })]),
  });
  expect(document(report)).toMatchObject({
    report: { migrationId, verified: { source: { items: 150 }, target: { items: 150 } } },
  });
  expect(words.stdout).toMatch(/^ +items +150 +150$/m);
  expect(words.stdout).toMatch(/The kept source, at the flip and after the hold:[\s\S]*Equal\./);
  expect(verify.code).toBe(1);
  expect(document(verify)).toMatchObject({
    comparison: { equal: false, differing: 150, source: { items: 150 }, target: { items: 0 } },
  });
});

test('two tables with the same items of a tenant are equal: exit 0', async () => {
  const { tenantId, items } = await addTenant(stack.ports, { tenantId: 'copied', items: 20 });
  await stack.ports
    .partition(tenantId)
    .write('saas-tenant-data-advanced' as TableName, { puts: items, deletes: [] });
  const { code, stdout } = await cli(
    'verify',
    'copied',
    '--table',
    'saas-tenant-data-basic',
    '--against',
    'saas-tenant-data-advanced',
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Tenant copied: EQUAL$/m);
});

test('an invalid request exits with 2, an unsafe one with 3, and nothing is changed', async () => {
  const { ports } = stack;
  await addTenant(ports, { tenantId: 'steady', items: 20 });
  await addTenant(ports, { tenantId: 'large', tier: 'advanced', items: 60, schools: 40 });
  const gone = await addTenant(ports, { tenantId: 'gone', tier: 'enterprise', items: 0 });
  await ports.tables.delete(gone.table);
  const held = await requestMigration(ports, {
    tenantId: (await addTenant(ports, { tenantId: 'busy', items: 20 })).tenantId,
    toTier: 'advanced',
    holdMs: 86_400_000,
    requestedBy: 'test',
    reason: 'test',
  });
  await flipped(held.migrationId);
  const dump = async () => ({
    control: await controlState(ports),
    migrations: (await collect(ports.migrations.list({}))).map(({ migrationId, status, attempt }) => ({
      migrationId,
      status,
      attempt,
    })),
  });
  const before = await dump();
  const wrong: [number, RegExp, string[]][] = [
    [2, /no tenant unknown/, ['migrate', 'unknown', '--to', 'advanced']],
    [2, /no tenant unknown/, ['plan', 'unknown', '--to', 'advanced']],
    [2, /no tenant unknown/, ['tenant', 'show', 'unknown']],
    [
      2,
      /no tenant unknown/,
      ['verify', 'unknown', '--table', 'saas-tenant-data-basic', '--against', 'saas-tenant-data-premium'],
    ],
    [2, /no tier 'gold'.*basic, advanced, premium, enterprise/, ['migrate', 'steady', '--to', 'gold']],
    [2, /no tier 'gold'/, ['tenant', 'add', 'new', '--tier', 'gold']],
    [2, /no tier 'gold'/, ['tenant', 'list', '--tier', 'gold']],
    [2, /in tier basic \(shared\) already/, ['migrate', 'steady', '--to', 'basic']],
    [2, /no dedicated tables/, ['migrate', 'steady', '--to', 'advanced', '--dedicated']],
    [2, /is not a duration/, ['migrate', 'steady', '--to', 'advanced', '--hold', '-5m']],
    [2, /no dot/, ['migrate', 'a.dot', '--to', 'advanced']],
    [2, /no dot/, ['tenant', 'add', 'a.dot', '--tier', 'basic']],
    [2, /exceed 255 characters/, ['tenant', 'add', 'x'.repeat(240), '--tier', 'basic']],
    [2, /registered already/, ['tenant', 'add', 'steady', '--tier', 'basic']],
    [2, /whole number/, ['tenant', 'add', 'new', '--tier', 'basic', '--schools', '-1']],
    [
      2,
      /no table nowhere/,
      ['verify', 'steady', '--table', 'saas-tenant-data-basic', '--against', 'nowhere'],
    ],
    [2, /no migration and no tenant 'mig-0'/, ['status', 'mig-0']],
    [2, /no migration and no tenant 'mig-0'/, ['report', 'mig-0']],
    [2, /no migration and no tenant 'mig-0'/, ['retry', 'mig-0']],
    [2, /no migration and no tenant 'mig-0'/, ['cancel', 'mig-0']],
    [3, /40 schools, but tier basic allows at most 10/, ['migrate', 'large', '--to', 'basic']],
    [3, /does not exist/, ['migrate', 'gone', '--to', 'premium']],
    [3, /being migrated by/, ['migrate', 'busy', '--to', 'premium']],
    [3, /still running/, ['retry', held.migrationId]],
    [3, /flipped.*Roll it back/, ['cancel', held.migrationId]],
    [3, /already flipped/, ['hold-cutover', held.migrationId]],
    [3, /no cutover is left to release/, ['cutover', held.migrationId]],
    [3, /not paused/, ['resume', held.migrationId]],
    [1, /no report yet/, ['report', held.migrationId]],
  ];
  const all = await Promise.all(
    wrong.map(async ([code, says, args]) => ({ code, says, args, ran: await cli(...args, '--json') })),
  );
  for (const { code, says, args, ran } of all) {
    expect({ args, code: ran.code }).toEqual({ args, code });
    expect(document(ran)).toMatchObject({
      error: { name: expect.any(String), message: expect.stringMatching(says) },
    });
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(await dump()).toEqual(before);
});

test('a failed migration exits with 1 and shows the cause and the next command', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'unlucky', items: 60 });
  const { migrationId } = await requestMigration(ports, {
    tenantId,
    toTier: 'premium',
    holdMs: 3_000,
    requestedBy: 'test',
    reason: 'test',
  });
  await flipped(migrationId);
  // a write that reaches the source after the flip is found by its change, or first by the comparison with the kept source
  await ports.partition(tenantId).write('saas-tenant-data-basic' as TableName, {
    puts: [{ tenantId: { S: tenantId }, entityKey: { S: 'STUDENT#straggler' } }],
    deletes: [],
  });
  const { code, stdout } = await cliProcess('status', migrationId, '--watch');
  expect(code).toBe(1);
  expect(stdout).toMatch(/SourceChangedAfterFlip|VerificationMismatch/);
  expect(stdout).toMatch(/continue: tierferry retry mig-/);
});

test('Ctrl-C ends watching only: exit 130, and the migration continues', async () => {
  const { ports } = stack;
  const { tenantId } = await addTenant(ports, { tenantId: 'left', items: 40 });
  let child: ChildProcess | undefined;
  const watching = runCli(['migrate', tenantId, '--to', 'advanced', '--hold', '24h', '--watch'], env(), {
    onStart: (started) => {
      child = started;
    },
  });
  const migrationId = await latestOf(tenantId);
  await flipped(migrationId);
  child?.kill('SIGINT');
  const { code, stderr } = await watching;
  expect(code).toBe(130);
  expect(stderr).toContain(`tierferry status ${migrationId} --watch`);
  const migration = await ports.migrations.get(migrationId);
  expect(migration).toMatchObject({ status: 'holding' });
  expect(await ports.workflow.isRunning(migrationId, migration?.attempt ?? 0)).toBe(true);
});
