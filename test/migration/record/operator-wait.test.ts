import { expect, test } from 'vitest';
import { transferOf } from '../../../functions/migration/apply/transfer.ts';
import { catchUp } from '../../../functions/migration/cutover/catch-up.ts';
import { fenceWrites, flipRoute } from '../../../functions/migration/cutover/fence.ts';
import { type EpochMs, epochMs } from '../../../functions/migration/names.ts';
import { cancelMigration } from '../../../functions/migration/operator/cancel-migration.ts';
import { holdCutover, releaseCutover } from '../../../functions/migration/operator/hold-cutover.ts';
import { pauseMigration, resumeMigration } from '../../../functions/migration/operator/pause-migration.ts';
import { makeReport } from '../../../functions/migration/report/make-report.ts';
import { cutoverWorld } from '../../support/cutover-world.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const said = { by: 'ops', reason: 'to see' };

/** A migration that is ready to cut over, with the operator's commands and the report's durations. */
const world = async (given: { readonly cutoverHeld?: boolean; readonly isQueued?: boolean } = {}) => {
  const { cutoverHeld = false, isQueued = false } = given;
  const { ports, migration, route } = await cutoverWorld({
    cutoverHeld,
    comparison: { round: 1, ended: 1, direction: 'forward', begunAt: epochMs(1), reason: 'first' },
  });
  const { migrationId } = migration;
  const begin = (at: EpochMs) => ports.migrations.noteStage(migrationId, 'provision', { startedAt: at });
  if (!isQueued) await begin(ports.clock.now());
  const read = async () => (await ports.migrations.get(migrationId)) ?? migration;
  return {
    wait: (ms: number) => ports.clock.advance(ms),
    begin: () => begin(ports.clock.now()),
    ask: (command: typeof pauseMigration) => command(ports, migrationId, said),
    check: async () => catchUp(ports, await read(), 'forward', { deadline: Number.POSITIVE_INFINITY }),
    flip: async () => {
      const now = await read();
      const transfer = await transferOf(ports, now, 'forward');
      await flipRoute(await fenceWrites({ ports, migration: now, direction: 'forward', transfer }, route));
    },
    durations: async () => (await makeReport(ports, await read())).durations,
  };
};

test('a cutover that was held while it was ready does not lengthen the time to the flip', async () => {
  const { wait, ask, check, flip, durations } = await world({ cutoverHeld: true });
  wait(10 * SECOND);
  for (let polls = 0; polls < 2; polls += 1) {
    expect(await check()).toMatchObject({ ready: false });
    wait(HOUR);
  }
  await ask(releaseCutover);
  wait(5 * SECOND);
  expect(await check()).toMatchObject({ ready: true });
  await flip();
  wait(HOUR);
  expect(await durations()).toMatchObject({
    toFlipMs: 15 * SECOND,
    operatorWaitMs: 2 * HOUR,
    totalMs: 3 * HOUR + 15 * SECOND,
  });
});

test('a hold that ends before the cutover is ready costs nothing', async () => {
  const { wait, ask, flip, durations } = await world({ cutoverHeld: true });
  wait(10 * SECOND);
  await ask(releaseCutover);
  await flip();
  expect(await durations()).toMatchObject({ toFlipMs: 10 * SECOND });
  expect((await durations()).operatorWaitMs).toBeUndefined();
});

test('pauses before the flip are counted once, in any order of their ends and that of a hold; those after it are not', async () => {
  const { wait, ask, check, flip, durations } = await world({ cutoverHeld: true });
  await check();
  wait(HOUR);
  await ask(pauseMigration);
  wait(HOUR);
  await ask(releaseCutover);
  wait(HOUR);
  await ask(resumeMigration);
  wait(SECOND);
  await ask(holdCutover);
  wait(SECOND);
  await check();
  wait(HOUR);
  await ask(releaseCutover);
  await flip();
  await ask(pauseMigration);
  wait(HOUR);
  await ask(resumeMigration);
  expect(await durations()).toMatchObject({ toFlipMs: 2 * SECOND, operatorWaitMs: 4 * HOUR });
});

test('a pause in the queue counts as time in the queue', async () => {
  const { wait, ask, begin, flip, durations } = await world({ isQueued: true });
  await ask(pauseMigration);
  wait(HOUR);
  await begin();
  wait(SECOND);
  await ask(resumeMigration);
  wait(SECOND);
  await flip();
  expect(await durations()).toMatchObject({ toFlipMs: SECOND, operatorWaitMs: SECOND });
});

test('a cancel ends the wait', async () => {
  const { wait, ask, durations } = await world();
  await ask(pauseMigration);
  wait(HOUR);
  await ask(cancelMigration);
  wait(HOUR);
  expect(await durations()).toMatchObject({ operatorWaitMs: HOUR });
});
