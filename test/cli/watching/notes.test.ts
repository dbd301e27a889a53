import { expect, test } from 'vitest';
import { STATUSES } from '../../../functions/migration/life-cycle.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs, type MigrationId, tableName } from '../../../functions/migration/names.ts';
import { notesOf } from '../../../scripts/cli/watching/notes.ts';
import { aMigration } from '../../support/records.ts';

const NOW = Date.UTC(2030, 0, 1);
const notes = (change: Partial<Migration>) =>
  notesOf(aMigration({ migrationId: 'mig-1' as MigrationId, status: 'copying', ...change }), NOW).map(
    ({ text, command }) => (command === undefined ? text : `${text} | ${command}`),
  );

test('an ordinary migration has no notes', () => {
  expect(notes({})).toEqual([]);
});

test('a queued migration has a note with the queue command, and a dry run has none', () => {
  expect(notes({ status: 'queued' })).toEqual(['queued: waiting for admission | tierferry queue']);
  expect(notes({ status: 'queued', dryRun: true })).toEqual([]);
});

test('a pause and a held cutover are shown with the commands that end them', () => {
  expect(notes({ paused: true, cutoverHeld: true })).toEqual([
    'paused: work under way stops within seconds; capture continues | tierferry resume mig-1',
    'cutover held: changes are applied until you release it | tierferry cutover mig-1',
  ]);
});

test('a cutover is held before the flip only', () => {
  const held = STATUSES.filter((status) =>
    notes({ status, cutoverHeld: true }).some((note) => note.startsWith('cutover held')),
  );
  expect(held).toEqual(['queued', 'planning', 'provisioning', 'copying', 'catchingUp', 'cuttingOver']);
});

const slow = { since: epochMs(0), backlog: 1_000, journalledPerSecond: 812, appliedPerSecond: 430 };
test('a migration that does not converge is shown with both rates, and with the limit that may be the cause', () => {
  const convergence = { ...slow, notConverging: true };
  const words = 'NotConverging: 812 keys/s change, 430/s applied, 1,000 or more left';
  expect(notes({ convergence })).toEqual([words]);
  expect(notes({ convergence, writeUnitsPerSecond: 200 })).toEqual([
    `${words} | tierferry limit mig-1 --write-units none`,
    'limited to 200 write units a second',
  ]);
});

test('a migration is catching up until it is known not to converge', () => {
  expect(notes({ convergence: { ...slow, notConverging: false } })).toEqual([
    'catching up: 812 keys/s change, 430/s applied, 1,000 or more left',
  ]);
});

test('a cutover is noted once it has ended without a flip', () => {
  expect(notes({ status: 'cuttingOver', cutovers: 1 })).toEqual([]);
  expect(notes({ status: 'catchingUp', cutovers: 1 })).toEqual([
    '1 cutover did not flip; writes are open, the next cutover starts automatically',
  ]);
  expect(notes({ status: 'cuttingOver', cutovers: 3 })).toEqual(['2 cutovers did not flip']);
});

test("a rollback's own cutover is noted no earlier than it has ended without a flip", () => {
  const [flippedAt, fencedAt, reverseFlippedAt] = [epochMs(1), epochMs(2), epochMs(3)];
  const failed = { error: 'CutoverOverBudget', cause: 'late', at: epochMs(2), keysPastLeases: 0 };
  const steps: Partial<Migration>[] = [
    { cutovers: 1 },
    { cutovers: 2, fencedAt },
    { cutovers: 2, cutoverFailure: failed },
    { cutovers: 3, fencedAt, reverseFlippedAt },
  ];
  expect(
    steps.map((step) =>
      notes({ status: 'rollingBack', flippedAt, ...step }).filter((note) => note.includes('cutover')),
    ),
  ).toEqual([
    [],
    [],
    [
      '1 cutover did not flip; the last gave up: CutoverOverBudget; writes are open, the next cutover starts automatically',
    ],
    ['1 cutover did not flip'],
  ]);
});

test('a wait for late calls is shown with its end, in the statuses that wait', () => {
  const said = 'waiting until 2030-01-01 00:00:09 UTC: a write that was given up may still take effect';
  const waiting = STATUSES.filter((status) =>
    notes({ status, lateCallsOutAt: epochMs(NOW + 9_000) }).includes(said),
  );
  expect(waiting).toEqual(['catchingUp', 'cuttingOver', 'cleaningUp', 'rollingBack']);
  expect(notes({ status: 'catchingUp', lateCallsOutAt: epochMs(NOW) })).toEqual([]);
});

test('a rollback is safe until the hold is over, and no longer', () => {
  const holding = (holdMs: number) => notes({ status: 'holding', flippedAt: epochMs(NOW - 1_000), holdMs });
  expect(holding(3_600_000)).toEqual([
    'rollback is safe until 2030-01-01 00:59:59 UTC | tierferry rollback mig-1',
  ]);
  expect([holding(0), holding(1_000)]).toEqual([[], []]);
});

test('a rollback shows its steps, before and after a flip', () => {
  const source = { ...aMigration().source, table: tableName('saas-basic') };
  const [flippedAt, fencedAt, reverseFlippedAt] = [epochMs(1), epochMs(2), epochMs(3)];
  const reversed = { flippedAt, fencedAt, reverseFlippedAt };
  const targetComparedAt = epochMs(4);
  const compared = { ...reversed, targetComparedAt };
  const steps = [
    ...[{}, { flippedAt }, { flippedAt, fencedAt }, reversed, compared],
    { ...compared, discardedItems: 12_300 },
  ];
  expect(steps.map((step) => notes({ status: 'rollingBack', source, ...step }))).toEqual([
    ['rolling back: removing the copies'],
    ['rolling back: applying changes made since the flip'],
    ['rolling back: writes fenced'],
    ['rolling back: live on saas-basic again, comparing it with the target, which is removed next'],
    ['rolling back: live on saas-basic again, removing the copies'],
    ['rolling back: live on saas-basic again, removing the copies, 12,300 items so far'],
  ]);
});

test('F8: late capture is shown with its delay, and a gap with its consequence', () => {
  const proof = { stream: 's', reader: 'r', provedAt: epochMs(NOW - 90_000), tookMs: 300 };
  const asked = (ms: number) => ({ nonce: 'n', at: epochMs(NOW - ms), since: epochMs(NOW - ms) });
  expect(notes({ status: 'catchingUp', proofs: { source: { ...proof, asked: asked(400) } } })).toEqual([]);
  expect(notes({ status: 'catchingUp', proofs: { source: { ...proof, asked: asked(80_000) } } })).toEqual([
    'capture is 1 min 20 s late: no cutover begins until it has caught up (docs/operations/capture-behind.md)',
  ]);
  const gap = { at: epochMs(NOW), reason: 'the stream of saas-basic has been replaced' };
  expect(notes({ status: 'catchingUp', gap })).toEqual([
    'the stream of saas-basic has been replaced: all keys are compared again before the next flip',
  ]);
});

test('F3: a repeated comparison is shown, and whether it does not converge', () => {
  const first = { round: 1, direction: 'forward', begunAt: epochMs(NOW), reason: 'first' } as const;
  expect(notes({ status: 'catchingUp', comparison: first })).toEqual([]);
  expect(
    notes({ status: 'catchingUp', comparison: { ...first, round: 2, ended: 1, reason: 'touched' } }),
  ).toEqual(['all keys are compared again while the application writes']);
  const ended = { ...first, round: 2, ended: 2, reason: 'touched', overflow: 2_001 } as const;
  expect(notes({ status: 'catchingUp', comparison: ended })).toEqual([
    'NotConverging: 2,001 or more keys changed during the full comparison, which is repeated',
  ]);
});

test('a closed migration has no notes, whatever its record contains', () => {
  for (const status of ['completed', 'rolledBack', 'cancelled', 'failed'] as const)
    expect(notes({ status, paused: true, cutoverHeld: true, cutovers: 3, writeUnitsPerSecond: 5 })).toEqual(
      [],
    );
});
