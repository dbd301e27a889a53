import { beforeEach, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import {
  epochMs,
  type MigrationId,
  readUnits,
  type SegmentNumber,
  type TenantId,
  writeUnits,
} from '../../functions/migration/names.ts';
import { renderMigrations } from '../../scripts/cli/render/render-migrations.ts';
import { type FakePorts, fakePorts } from '../support/fake-ports.ts';
import { aMigration, aRoute, aSegment, aTable, aTenant } from '../support/records.ts';
import { runInProcess } from './run-in-process.ts';

let ports: FakePorts;
beforeEach(() => {
  ports = fakePorts();
});

const cli = (...args: string[]) => runInProcess(ports, args);
const COLUMNS = 80;
const start = Date.UTC(2030, 0, 1);
const at = (second: number) => epochMs(start + second * 1_000);
const done = (startedAt: number, endedAt: number) => ({ startedAt: at(startedAt), endedAt: at(endedAt) });

const given = async (change: Partial<Migration>, verified = 0): Promise<Migration> => {
  const migration = aMigration({
    migrationId: 'mig-20300101000000-1a2b3c4d' as MigrationId,
    tenantId: 'cedar-valley' as TenantId,
    requestedAt: at(0),
    requestedBy: 'ana',
    ...change,
  });
  await ports.migrations.create(migration, await ports.migrations.latest(migration.tenantId));
  const none = { items: 10, bytes: 100, checksum: '0'.repeat(64) };
  const compared = { items: 10, differing: 0, ms: 1, round: 1 };
  const copied = { copied: { items: 10, bytes: 100 }, copyDone: true };
  await ports.segments.add(
    migration.migrationId,
    [0, 1].map((number) =>
      aSegment(number, {
        ...copied,
        compared,
        ...(number < verified ? { verified: { source: none, target: none, changed: 0 } } : {}),
      }),
    ),
  );
  return migration;
};

const beforeTheFlip = {
  provision: done(0, 1),
  copy: done(1, 4),
  registry: done(4, 5),
  flip: { startedAt: at(5) },
};

test('the status of a held and limited migration shows the next commands, within 80 columns', async () => {
  const { migrationId } = await given({
    status: 'catchingUp',
    stages: beforeTheFlip,
    cutoverHeld: true,
    writeUnitsPerSecond: 200,
  });
  await ports.workflow.start(migrationId, 1);
  const { stdout } = await cli('status', migrationId);
  expect(stdout.split('\n')).toEqual([
    'Migration mig-20300101000000-1a2b3c4d: CATCHING UP',
    'tenant cedar-valley, basic to advanced',
    '',
    '  1 Provision target table  done     100 %  20 items in 2 segments, 1.0 s',
    '  2 Copy partition          done     100 %  20 items copied, 3.0 s',
    '  3 Update tenant registry  done     100 %  1.0 s',
    '  4 Flip routing flag       held       0 %  held; changes are applied meanwhile',
    '  5 Verify and clean up     pending    0 %',
    '',
    '  cutover held: changes are applied until you release it',
    '    tierferry cutover mig-20300101000000-1a2b3c4d',
    '  limited to 200 write units a second',
    '',
    '  attempt    1, running',
    '  requested  2030-01-01 00:00:00 UTC by ana',
    '',
  ]);
});

test('during the hold the status shows until when a rollback is safe, and its command', async () => {
  const { migrationId } = await given(
    {
      status: 'holding',
      holdMs: 86_400_000,
      stages: { ...beforeTheFlip, flip: done(5, 6), cleanUp: { startedAt: at(6) } },
      fences: { totalMs: 612, forwardMs: 612 },
      flippedAt: epochMs(at(5) + 612),
      cutovers: 1,
    },
    2,
  );
  await ports.workflow.start(migrationId, 1);
  const { code, stdout } = await cli('status', migrationId);
  expect(code).toBe(0);
  expect(stdout).toMatch(/5 Verify and clean up +running +\d+ % {2}kept until 2030-01-02 00:00:05 UTC$/m);
  expect(stdout).toContain(
    [
      '  rollback is safe until 2030-01-02 00:00:05 UTC',
      '    tierferry rollback mig-20300101000000-1a2b3c4d',
    ].join('\n'),
  );
  expect(stdout).toMatch(/^ {2}flipped +2030-01-01 00:00:05 UTC, 612 ms after the fence began$/m);
  expect(stdout).not.toContain('tierferry retry');
  const json = JSON.parse((await cli('status', migrationId, '--json')).stdout);
  expect(json).toMatchObject({
    rollbackUntil: '2030-01-02T00:00:05.612Z',
    execution: 'running',
    next: { action: 'watch', migrationId },
    migration: { status: 'holding' },
    segments: { total: 2, compared: 2, verified: 2 },
    events: [{ to: 'holding', by: 'ana' }],
  });
});

test('a migration without a running execution is shown as stopped, with the next command, and is exit 1', async () => {
  const { migrationId } = await given({
    status: 'copying',
    stages: { provision: done(0, 1), copy: { startedAt: at(1) } },
  });
  const { code, stdout } = await cli('status', migrationId);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Migration mig-20300101000000-1a2b3c4d: STOPPED, COPYING$/m);
  expect(stdout).toMatch(/2 Copy partition +stopped/);
  expect(stdout).toMatch(/^ {2}attempt +1, stopped: no execution is working on it$/m);
  expect(stdout).toMatch(/^ {2}continue +tierferry retry mig-20300101000000-1a2b3c4d$/m);
  expect(JSON.parse((await cli('status', migrationId, '--json')).stdout)).toMatchObject({
    execution: 'stopped',
    next: { action: 'retry', migrationId },
  });
});

test('a stopped migration shows what to look at before it is retried, and the document has it as data', async () => {
  const next = { action: 'report', migrationId: 'mig-20300101000000-1a2b3c4d' } as const;
  const failure = { error: 'ForeignWrite', cause: '1 key was changed', at: at(2), next };
  const { migrationId } = await given({ status: 'copying', failure });
  expect((await cli('status', migrationId)).stdout).toContain(`tierferry report ${migrationId}\n`);
  expect(JSON.parse((await cli('status', migrationId, '--json')).stdout)).toMatchObject({
    migration: { failure: { error: 'ForeignWrite', next } },
    next: { action: 'retry', migrationId },
  });
});

test('migrations that have stopped come first in every list, however old they are', async () => {
  const tenantId = 'cedar-valley' as TenantId;
  const old = await given({ status: 'holding', tenantId });
  await ports.workflow.start(old.migrationId, 1);
  ports.workflow.endAll();
  const young: MigrationId[] = [];
  for (const n of [1, 2, 3]) {
    const migrationId = `mig-2030010200000${n}-1a2b3c4d` as MigrationId;
    young.unshift(migrationId);
    const running = aMigration({ migrationId, tenantId, status: 'copying' });
    await ports.migrations.create(running, await ports.migrations.latest(tenantId));
    await ports.workflow.start(migrationId, 1);
  }
  const shared = aTable();
  await ports.registry.addTable(shared);
  await ports.registry.addTenant(aTenant({ tenantId, table: shared.table }), aRoute({ tenantId }));
  ports.clock.advance(60_000);
  const { stdout } = await cli('status', '--limit', '3');
  const listed = stdout
    .split('\n')
    .slice(2, -1)
    .map((line) => line.split('  ')[0]);
  expect(listed).toEqual([old.migrationId, ...young.slice(0, 2)]);
  expect(stdout).toMatch(/mig-20300101000000-1a2b3c4d .* STOPPED, holding/);
  expect((await cli('tenant', 'show', tenantId)).stdout).toMatch(/migration +tenant[\s\S]*?STOPPED, holding/);
  const queue = (await cli('queue')).stdout;
  expect(queue).toMatch(/^Stopped: 1\. They stay as they are until you run 'tierferry retry <migration>'/);
  expect(JSON.parse((await cli('queue', '--json')).stdout)).toMatchObject({
    stopped: [{ migrationId: old.migrationId }],
  });
  expect(JSON.parse((await cli('status', '--json')).stdout).migrations).toMatchObject([
    { migrationId: old.migrationId, execution: 'stopped' },
    ...young.map((migrationId) => ({ migrationId, execution: 'running' })),
  ]);
});

test('a migration whose execution may not show yet is not called stopped', async () => {
  await given({ status: 'copying' });
  expect((await cli('status')).stdout).not.toContain('STOPPED');
});

test('resume and cutover of a stopped migration are exit 1 and show the next command', async () => {
  const { migrationId } = await given({ status: 'catchingUp', paused: true, cutoverHeld: true });
  for (const command of ['resume', 'cutover']) {
    const { code, stdout } = await cli(command, migrationId);
    expect(code).toBe(1);
    expect(stdout).toContain(`recorded, but the execution of ${migrationId} has stopped.\n`);
    expect(stdout).toContain(`continue: tierferry retry ${migrationId}\n`);
  }
  expect(await ports.migrations.get(migrationId)).toMatchObject({ paused: false, cutoverHeld: false });
});

test('no pass exceeds the total, and the items actually copied are shown beside it', async () => {
  const { migrationId } = await given({ status: 'copying' });
  const claim = { worker: 'w', until: epochMs(ports.clock.now() + 60_000) };
  const migration = await ports.migrations.get(migrationId);
  if (!migration) throw new Error('gone');
  await ports.segments.claim(migration, 0 as SegmentNumber, claim, ports.clock.now());
  await ports.segments.progress(migrationId, 0 as SegmentNumber, claim, {
    ...{ items: 7, bytes: 1, units: { read: readUnits(0), write: writeUnits(0) }, done: true },
  });
  expect(JSON.parse((await cli('status', migrationId, '--json')).stdout)).toMatchObject({
    items: { total: 20, copied: 20 },
    itemsCopied: 27,
  });
});

test('a migration that is not in its hold has no time until which a rollback is safe', async () => {
  const { migrationId } = await given({ status: 'copying' });
  expect(JSON.parse((await cli('status', migrationId, '--json')).stdout)).toMatchObject({
    rollbackUntil: null,
  });
});

test('the status of a rollback shows who requested it, the reason, and its progress', async () => {
  const { migrationId } = await given({
    status: 'rollingBack',
    stages: { ...beforeTheFlip, flip: done(5, 6), cleanUp: { startedAt: at(6) } },
    flippedAt: at(6),
    cancellation: { by: 'ana', reason: 'reports are slow' },
  });
  const { stdout } = await cli('status', migrationId);
  expect(stdout).toContain('  rolling back: applying changes made since the flip\n');
  expect(stdout).toMatch(/5 Verify and clean up +stopped/);
  expect(stdout).toMatch(/^ {2}rollback +by ana: reports are slow$/m);
});

test('the audit trail is shown with --events, and is always in the document', async () => {
  const { migrationId } = await given({ status: 'copying' });
  await cli('pause', migrationId, '--reason', 'exam week', '--by', 'ana');
  await cli('limit', migrationId, '--write-units', '200', '--reason', 'neighbours', '--by', 'ben');
  await cli('resume', migrationId, '--reason', 'exams are over', '--by', 'ana');
  const { stdout } = await cli('status', migrationId, '--events');
  expect(stdout.split('\n').slice(-10)).toEqual([
    '',
    '  2030-01-01 00:00:00 UTC  copying, by ana',
    '                           to see',
    '  2026-01-01 00:00:00 UTC  copying, by ana',
    '                           paused: exam week',
    '  2026-01-01 00:00:00 UTC  copying, by ben',
    '                           limited to 200 write units a second: neighbours',
    '  2026-01-01 00:00:00 UTC  copying, by ana',
    '                           resumed: exams are over',
    '',
  ]);
  expect((await cli('status', migrationId)).stdout).not.toContain('exam week');
  const event = { at: '2026-01-01T00:00:00.000Z', from: 'copying', to: 'copying' };
  expect(JSON.parse((await cli('status', migrationId, '--json')).stdout).events).toEqual([
    { at: '2030-01-01T00:00:00.000Z', to: 'copying', by: 'ana', reason: 'to see' },
    { ...event, by: 'ana', reason: 'paused: exam week' },
    { ...event, by: 'ben', reason: 'limited to 200 write units a second: neighbours' },
    { ...event, by: 'ana', reason: 'resumed: exams are over' },
  ]);
});

test('an event of a flip has the table that it made live in the document', async () => {
  const migration = await given({ status: 'cuttingOver' });
  const { migrationId, target, source } = migration;
  const note = { who: 'workflow, attempt 1', reason: 'flipped', at: ports.clock.now() };
  const held = await ports.migrations.transition(migration, 'holding', { ...note, flippedTo: target.table });
  const undone = await ports.migrations.transition(held, 'rollingBack', note);
  await ports.migrations.transition(undone, 'rollingBack', { ...note, flippedTo: source.table });
  const { events } = JSON.parse((await cli('status', migrationId, '--json')).stdout);
  expect(events.map(({ flippedTo }: { flippedTo?: string }) => flippedTo)).toEqual([
    undefined,
    target.table,
    undefined,
    source.table,
  ]);
});

test('--events without a migration, or with --watch, is exit 2', async () => {
  expect(await cli('status', '--events')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--events needs a migration id/),
  });
  expect(await cli('status', 'mig-1', '--events', '--watch')).toMatchObject({ code: 2 });
});

test('the list shows which migrations are paused or held, and fits a terminal of 80 columns', async () => {
  const all = [
    await given({ status: 'copying', paused: true, writeUnitsPerSecond: 5 }),
    aMigration({
      ...(await given({ migrationId: 'mig-20300101000000-5e6f7a8b' as MigrationId })),
      cutoverHeld: true,
    }),
    aMigration({
      ...(await given({ migrationId: 'mig-20300101000000-9c0d1e2f' as MigrationId })),
      status: 'cancelled',
      cutoverHeld: true,
    }),
  ].map((migration, n) => ({
    migration,
    execution: (['running', 'waiting', 'ended'] as const)[n] ?? 'ended',
  }));
  const narrow = renderMigrations(all, COLUMNS);
  expect(narrow.slice(2)).toEqual([
    'mig-20300101000000-1a2b3c4d  cedar-valley  basic to advanced  copying (paused)',
    'mig-20300101000000-5e6f7a8b  cedar-valley  basic to advanced  queued (held)',
    'mig-20300101000000-9c0d1e2f  cedar-valley  basic to advanced  cancelled',
  ]);
  expect(renderMigrations(all)[2]).toMatch(/ {2}2030-01-01 00:00:00 UTC {2}ana$/);
});

test('a list that is too wide for the terminal leaves out the tiers', async () => {
  const migration = aMigration({
    ...(await given({ status: 'catchingUp', paused: true, cutoverHeld: true })),
    tenantId: 'harbour-heights-unified' as TenantId,
  });
  const list = [{ migration, execution: 'running' }] as const;
  expect(renderMigrations(list, COLUMNS).slice(2)).toEqual([
    'mig-20300101000000-1a2b3c4d  harbour-heights-unified  catchingUp (paused, held)',
  ]);
  expect(renderMigrations(list, 110)[2]).toContain('basic to advanced');
});
