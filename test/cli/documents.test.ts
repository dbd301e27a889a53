import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, test } from 'vitest';
import * as z from 'zod';
import type { Migration } from '../../functions/migration/migration.ts';
import { epochMs, type TenantId, tableName } from '../../functions/migration/names.ts';
import { NextStep } from '../../functions/migration/next-action.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { makeReport } from '../../functions/migration/report/make-report.ts';
import { DOCUMENTS, type DocumentKind, jsonSchemaOf } from '../../scripts/cli/documents/documents.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { leftLock } from '../support/left-lock.ts';
import { aMigration, aPlan, aSegment } from '../support/records.ts';
import { addTenant } from '../support/tenants.ts';
import { allCommands } from './command-names.ts';
import { runInProcess } from './run-in-process.ts';

const FOLDER = new URL('../../docs/json/', import.meta.url);
const fileOf = (kind: string) => new URL(`${kind}.v1.schema.json`, FOLDER);
const KINDS = Object.keys(DOCUMENTS) as DocumentKind[];
const flippedAt = epochMs(Date.UTC(2026, 0, 1));

test.each(KINDS)('the JSON Schema of %s in docs/json matches the document', async (kind) => {
  await expect(`${JSON.stringify(jsonSchemaOf(kind), undefined, 2)}\n`).toMatchFileSnapshot(
    fileOf(kind).pathname,
  );
});

test('docs/json has a schema for each kind, and no others', () => {
  const schemas = readdirSync(FOLDER).filter((name) => name.endsWith('.schema.json'));
  expect(schemas.sort()).toEqual(KINDS.map((kind) => `${kind}.v1.schema.json`).sort());
});

/** Builds ports with records in which the doctor finds the lock of an ended migration. */
const world = async (): Promise<{ ports: FakePorts; control: Ports; running: Migration }> => {
  const ports = fakePorts();
  await addTenant(ports, { tenantId: 'north', items: 20 });
  await addTenant(ports, { tenantId: 'south', items: 20, schools: 9 });
  const { tenant, table, control } = await leftLock(ports);
  await ports.tables.create(tableName('copy'), ports.settings.tableDesign);
  const running = await open(ports, { tenantId: 'west' as TenantId, source: { ...tenant, table } });
  return { ports, control: { ...ports, control }, running };
};

/** Creates a migration with its execution. */
const open = async (ports: FakePorts, given: Partial<Migration>, runs = true): Promise<Migration> => {
  const migration = aMigration({ status: 'catchingUp', ...given });
  await ports.migrations.create(migration, await ports.migrations.latest(migration.tenantId));
  await ports.segments.add(migration.migrationId, [aSegment(0)]);
  if (runs) await ports.workflow.start(migration.migrationId, migration.attempt);
  return migration;
};

/** Every started execution ends at once in its present state; a dry run ends with its plan. */
const endsAtOnce = (ports: FakePorts): void => {
  ports.workflow.start = async (migrationId) => {
    const migration = await ports.migrations.get(migrationId);
    if (!migration) return;
    const { dryRun, status } = migration;
    if (dryRun) await ports.migrations.savePlan(migrationId, aPlan(migration));
    const event = { who: 'workflow', reason: 'the end', at: ports.clock.now() };
    const transfer = dryRun ? (['planning', 'completed'] as const) : (['rollingBack', 'rolledBack'] as const);
    if (status !== 'queued') return;
    for (const to of transfer) {
      const now = await ports.migrations.get(migrationId);
      if (now) await ports.migrations.transition(now, to, event);
    }
  };
};

type World = Awaited<ReturnType<typeof world>>;
interface Run {
  readonly prints: readonly DocumentKind[];
  args(given: World): Promise<readonly string[]> | readonly string[];
  readonly isControl?: true;
}
const control = (name: string, change: Partial<Migration>, ...options: string[]): Run => ({
  prints: ['migration'],
  args: async ({ ports }) => [name, (await open(ports, change)).migrationId, ...options],
});
const reported = async ({ ports }: World): Promise<readonly string[]> => {
  const migration = await open(ports, { status: 'completed', flippedAt }, false);
  await ports.migrations.saveReport(migration.migrationId, await makeReport(ports, migration));
  return ['report', migration.migrationId];
};
const plans = ({ ports }: World, ...args: string[]): readonly string[] => {
  endsAtOnce(ports);
  return args;
};
const watched = async ({ ports }: World, ...args: string[]): Promise<readonly string[]> => {
  const migration = await open(ports, { status: 'rolledBack' }, false);
  await ports.migrations.saveReport(migration.migrationId, await makeReport(ports, migration));
  return [args[0] ?? '', migration.migrationId, ...args.slice(1)];
};

/** Writes a CSV file with a new tenant and one that is registered with another name. */
const districts = (): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'tierferry-csv-')), 'districts.csv');
  writeFileSync(file, 'tenant,tier,name\nnew,basic,New\nnorth,basic,Another\n');
  return file;
};

/** Every command by its name, with the kind it prints. */
const RUNS: Readonly<Record<string, readonly Run[]>> = {
  'tenant add': [{ prints: ['tenant'], args: () => ['tenant', 'add', 'new', '--tier', 'basic'] }],
  'tenant list': [{ prints: ['tenants'], args: () => ['tenant', 'list'] }],
  'tenant show': [
    { prints: ['tenant-detail'], args: () => ['tenant', 'show', 'north'] },
    { prints: ['error'], args: () => ['tenant', 'show', 'unknown'] },
  ],
  'tenant set': [{ prints: ['tenant'], args: () => ['tenant', 'set', 'north', '--pin', 'advanced'] }],
  'tenant import': [
    { prints: ['tenant-import'], args: () => ['tenant', 'import', districts(), '--dry-run'] },
    { prints: ['tenant-import'], args: () => ['tenant', 'import', districts()] },
  ],
  'tenant rename': [{ prints: ['tenant'], args: () => ['tenant', 'rename', 'north', 'Northern Lights'] }],
  'tenant remove': [
    { prints: ['tenant-removal-plan'], args: () => ['tenant', 'remove', 'south', '--dry-run'] },
    { prints: ['error'], args: () => ['tenant', 'remove', 'south'] },
    { prints: ['tenant-removed'], args: () => ['tenant', 'remove', 'south', '--delete-items', '--yes'] },
  ],
  plan: [{ prints: ['plan'], args: (given) => plans(given, 'plan', 'north', '--to', 'advanced') }],
  migrate: [
    { prints: ['migration'], args: () => ['migrate', 'north', '--to', 'advanced'] },
    {
      prints: ['plan'],
      args: (given) => plans(given, 'migrate', 'north', '--to', 'advanced', '--dry-run'),
    },
    {
      prints: ['migration-progress', 'migration-outcome'],
      args: (given) => plans(given, 'migrate', 'north', '--to', 'advanced', '--watch'),
    },
  ],
  sweep: [
    { prints: ['sweep-plan'], args: () => ['sweep', '--dry-run'] },
    { prints: ['swept'], args: () => ['sweep'] },
  ],
  'table list': [{ prints: ['tables'], args: () => ['table', 'list', '--all'] }],
  'table add': [{ prints: ['table'], args: () => ['table', 'add', 'basic'] }],
  'table retire': [{ prints: ['retired'], args: () => ['table', 'retire', 'saas-tenant-data-basic'] }],
  'table reinstate': [
    { prints: ['reinstated'], args: () => ['table', 'reinstate', 'saas-tenant-data-basic'] },
  ],
  queue: [{ prints: ['queue'], args: () => ['queue'] }],
  status: [
    { prints: ['migrations'], args: () => ['status'] },
    { prints: ['migration-status'], args: ({ running }) => ['status', running.migrationId] },
    {
      prints: ['migration-progress', 'migration-outcome'],
      args: (given) => watched(given, 'status', '--watch'),
    },
  ],
  wait: [
    {
      prints: ['migration'],
      args: ({ running: { migrationId } }) => ['wait', migrationId, '--for', 'copying'],
    },
  ],
  help: [{ prints: ['help-topic'], args: () => ['help', 'glossary'] }],
  completion: [{ prints: ['completion-script'], args: () => ['completion', 'zsh'] }],
  events: [{ prints: ['events'], args: () => ['events', '--since', '9999d'] }],
  report: [
    { prints: ['report'], args: reported },
    { prints: ['error'], args: ({ running }) => ['report', running.migrationId] },
  ],
  verify: [
    {
      prints: ['comparison'],
      args: () => ['verify', 'north', '--table', 'saas-tenant-data-basic', '--against', 'copy'],
    },
  ],
  'lint-tables': [{ prints: ['table-names'], args: () => ['lint-tables', 'docs/examples'] }],
  thresholds: [{ prints: ['thresholds'], args: () => ['thresholds', '--near', '1'] }],
  pause: [control('pause', {})],
  resume: [control('resume', { paused: true })],
  'hold-cutover': [control('hold-cutover', {})],
  cutover: [control('cutover', { cutoverHeld: true })],
  cancel: [control('cancel', {})],
  limit: [control('limit', {}, '--write-units', '7')],
  hold: [control('hold', { status: 'holding', flippedAt }, '--for', '7d')],
  rollback: [
    {
      prints: ['migration'],
      args: async ({ ports, running: { source } }) => {
        const held = await open(ports, { status: 'holding', flippedAt, source });
        const target = { table: source.table, createsTable: false };
        await ports.migrations.chooseTarget(held, target);
        return ['rollback', held.migrationId];
      },
    },
  ],
  retry: [
    {
      prints: ['migration'],
      args: async ({ ports }) => ['retry', (await open(ports, {}, false)).migrationId],
    },
  ],
  doctor: [{ prints: ['diagnosis'], args: () => ['doctor'], isControl: true }],
  mend: [
    { prints: ['finding'], args: () => ['mend', 'lock-left/east'], isControl: true },
    { prints: ['finding'], args: () => ['mend', 'lock-left/unknown'], isControl: true },
    { prints: ['mended'], args: () => ['mend', 'lock-left/east', '--yes'], isControl: true },
  ],
};
/** Commands that start engines or servers; other tests run them. */
const ELSEWHERE = ['local', 'demo', 'console'];
/** Kinds that only these commands print. */
const ELSEWHERE_KINDS: readonly DocumentKind[] = ['environment', 'local-stack', 'demo', 'console'];

test('every command runs here with --json, and every kind of document is printed', async () => {
  expect(
    (await allCommands())
      .map(([name]) => name)
      .filter((name) => !ELSEWHERE.includes(name))
      .sort(),
  ).toEqual(Object.keys(RUNS).sort());
  const printed = new Set([
    ...Object.values(RUNS)
      .flat()
      .flatMap(({ prints }) => prints),
    ...ELSEWHERE_KINDS,
  ]);
  expect([...printed].sort()).toEqual([...KINDS].sort());
});

const ajv = new Ajv2020({ strict: true, code: { optimize: false } });
formats.default(ajv);
/** Validates against the schema file, as a program's own tools would. */
const validatorOf = (kind: DocumentKind) => {
  const schema = JSON.parse(readFileSync(fileOf(kind), 'utf8'));
  return ajv.getSchema(kind) ?? ajv.addSchema(schema, kind).getSchema(kind);
};
const Envelope = z.looseObject({
  schemaVersion: z.literal(1),
  kind: z.enum(KINDS),
  next: NextStep.nullable(),
});

const expectValid = (text: string): string => {
  const document = Envelope.parse(JSON.parse(text));
  const isValid = validatorOf(document.kind);
  expect(isValid?.(document), ajv.errorsText(isValid?.errors)).toBe(true);
  // a time in ms since 1970 would have thirteen digits
  expect(text.replaceAll(/"[^"]*"/g, '')).not.toMatch(/\d{13}/);
  return document.kind;
};

test.each(Object.entries(RUNS).flatMap(([name, runs]) => runs.map((run) => ({ name, ...run }))))(
  '$name --json prints $prints, one document per line, that match their schemas',
  async ({ args, prints, isControl }) => {
    const given = await world();
    const wanted = await args(given);
    const { stdout, stderr } = await runInProcess(isControl ? given.control : given.ports, [
      ...wanted,
      '--json',
    ]);
    const kinds = stdout.trimEnd().split('\n').map(expectValid);
    expect([...new Set(kinds)], `${stdout}${stderr}`).toEqual(prints);
  },
);

test('a document without a field that its schema requires is refused', () => {
  const isValid = validatorOf('tables');
  const envelope = { schemaVersion: 1, kind: 'tables', next: null };
  expect(isValid?.({ ...envelope, tables: [] })).toBe(true);
  for (const broken of [
    { tables: [] },
    { ...envelope, tables: [{}] },
    { ...envelope, schemaVersion: 2, tables: [] },
  ])
    expect(isValid?.(broken)).toBe(false);
});

test('the printed report has the checksum that it names', async () => {
  const given = await world();
  const { stdout } = await runInProcess(given.ports, [...(await reported(given)), '--json']);
  const { sha256, ...report } = z
    .object({ report: z.looseObject({ sha256: z.string() }) })
    .parse(JSON.parse(stdout)).report;
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  expect(createHash('sha256').update(JSON.stringify(report, sorted)).digest('hex')).toBe(sha256);
});

test('no control character of a name or a reason reaches the terminal, and JSON keeps every value', async () => {
  const { ports } = await world();
  const evil = 'a\u001b[2Jb\u009bc\u202ed\ne';
  const { migrationId } = await open(ports, { requestedBy: evil });
  const controls = /[\p{Cc}\u202a-\u202e]/u;
  for (const args of [['status'], ['status', migrationId, '--events'], ['tenant', 'show', evil], [evil]]) {
    const { stdout, stderr } = await runInProcess(ports, args);
    for (const line of `${stdout}${stderr}`.split('\n')) expect(line).not.toMatch(controls);
  }
  const { stdout } = await runInProcess(ports, ['status', migrationId, '--json']);
  expect(stdout.trimEnd()).not.toMatch(controls);
  expect(JSON.parse(stdout)).toMatchObject({ migration: { requestedBy: evil } });
});
