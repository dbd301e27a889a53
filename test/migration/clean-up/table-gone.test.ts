import { describe, expect, test } from 'vitest';
import type { LambdaContext, StageHandler } from '../../../functions/aws/stage.ts';
import { handler as catchUpBack } from '../../../functions/handlers/catch-up-back.ts';
import { handler as checkHold } from '../../../functions/handlers/check-hold.ts';
import { handler as cleanUpSegment } from '../../../functions/handlers/clean-up-segment.ts';
import { handler as compareKeptSegment } from '../../../functions/handlers/compare-kept-segment.ts';
import { handler as compareTargetLeft } from '../../../functions/handlers/compare-target-left.ts';
import { handler as concludeComparison } from '../../../functions/handlers/conclude-comparison.ts';
import { handler as concludeComparisonBack } from '../../../functions/handlers/conclude-comparison-back.ts';
import { handler as concludeFrozenSource } from '../../../functions/handlers/conclude-frozen-source.ts';
import { handler as discardTarget } from '../../../functions/handlers/discard-target.ts';
import { handler as dropSourceTable } from '../../../functions/handlers/drop-source-table.ts';
import { handler as recordRollbackFailure } from '../../../functions/handlers/record-rollback-failure.ts';
import { handler as verifyFrozenSegment } from '../../../functions/handlers/verify-frozen-segment.ts';
import { TableGone, TableNotFound } from '../../../functions/migration/errors.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { epochMs } from '../../../functions/migration/names.ts';
import { heldMigration } from '../../support/held-migration.ts';

const context: LambdaContext = { awsRequestId: 'test', getRemainingTimeInMillis: () => 100_000 };
const proof = { stream: 'label', reader: 'poller', provedAt: epochMs(0), tookMs: 1 };

const given = async (more: Partial<Migration> = {}) => {
  const held = await heldMigration({ captureMs: 1 }, { proofs: { source: proof, target: proof }, ...more });
  const { ports, now } = held;
  return {
    ...held,
    async run(step: StageHandler, input: object = {}) {
      const { migrationId, attempt } = await now();
      return step.run(ports, { migrationId, attempt, segment: 0, ...input }, context);
    },
    async deleteByHand(table: typeof held.source) {
      await ports.tables.delete(table);
      ports.streamReaders.missing.add(table);
    },
    retry: async () => {
      const { attempt } = await now();
      await ports.migrations.update(await now(), { attempt: attempt + 1 });
    },
  };
};

describe('a kept source that was deleted by hand in the hold', () => {
  test.each<[string, StageHandler]>([
    ['the comparison', compareKeptSegment],
    ['a poll of the hold', checkHold],
    ['the verification after it', verifyFrozenSegment],
    ['the end of the verification', concludeFrozenSource],
  ])('stops %s once, by a name that says so, and the retry ends without it', async (_, first) => {
    const { now, run, source, deleteByHand, retry } = await given();
    await deleteByHand(source);
    for (let n = 0; n < 2; n += 1) await expect(run(first)).rejects.toThrow(TableGone);
    await retry();
    expect(await run(compareKeptSegment)).toMatchObject({ settled: true });
    await run(concludeComparison);
    expect(await run(checkHold)).toMatchObject({ over: true });
    await run(verifyFrozenSegment);
    expect(await run(concludeFrozenSource)).toEqual({ dropsTable: true });
    expect(await run(dropSourceTable)).toMatchObject({ dropped: true });
    expect(await now()).toMatchObject({ status: 'cleaningUp' });
  });

  test('that was restored before the retry is compared as usual', async () => {
    const { ports, run, source, deleteByHand, retry } = await given();
    await deleteByHand(source);
    await expect(run(compareKeptSegment)).rejects.toThrow(TableGone);
    await ports.tables.create(source, ports.settings.tableDesign);
    await retry();
    // it is empty, so it differs
    expect(await run(compareKeptSegment)).toMatchObject({ settled: false });
  });

  test('does not end the hold of a paused migration', async () => {
    const { ports, now, run, source, deleteByHand, retry } = await given();
    await deleteByHand(source);
    await expect(run(checkHold)).rejects.toThrow(TableGone);
    await retry();
    await ports.migrations.update(await now(), { paused: true });
    expect(await run(checkHold)).toMatchObject({ over: false });
  });

  test('stops a rollback, and the tenant stays on the target', async () => {
    const { now, run, source, target, deleteByHand, ports, migration } = await given({
      status: 'rollingBack',
    });
    await deleteByHand(source);
    await expect(run(catchUpBack)).rejects.toThrow(TableGone);
    await run(recordRollbackFailure, { failure: { Error: 'TableGone', Cause: '{}' } });
    expect(await now()).toMatchObject({ status: 'holding' });
    expect(await ports.routes.get(migration.tenantId)).toMatchObject({ table: target, writes: 'open' });
  });
});

test('a source that an earlier attempt of the clean-up has dropped stops no later one', async () => {
  const { run, source, deleteByHand } = await given({ status: 'cleaningUp' });
  await deleteByHand(source);
  expect(await run(checkHold)).toMatchObject({ over: true });
  expect(await run(cleanUpSegment)).toEqual({ done: true, waitSeconds: 0 });
  expect(await run(dropSourceTable)).toMatchObject({ dropped: true });
});

test('a target that a rollback has left, and that was deleted by hand, stops it once; the retry ends without it', async () => {
  const { now, run, target, deleteByHand, retry, ports, migration, source } = await given({
    status: 'rollingBack',
    flippedBackAt: epochMs(1),
  });
  const route = await ports.routes.get(migration.tenantId);
  if (route) ports.routes.records.set(migration.tenantId, { ...route, table: source });
  await deleteByHand(target);
  await expect(run(compareTargetLeft)).rejects.toThrow(TableGone);
  await retry();
  expect(await run(compareTargetLeft)).toMatchObject({ settled: true });
  await run(concludeComparisonBack);
  expect((await now()).comparedBackAt).toBeDefined();
  expect(await run(discardTarget)).toMatchObject({ done: true });
});

test('a missing live table is not a side that was left: the step fails, and no retry skips it', async () => {
  const { run, target, deleteByHand, retry } = await given();
  await deleteByHand(target);
  for (let n = 0; n < 2; n += 1) {
    await expect(run(compareKeptSegment)).rejects.toThrow(TableNotFound);
    await retry();
  }
});
