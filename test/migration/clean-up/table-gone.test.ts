import { describe, expect, test } from 'vitest';
import type { LambdaContext, StepHandler } from '../../../functions/aws/step.ts';
import { handler as catchUpBack } from '../../../functions/handlers/catch-up-reverse.ts';
import { handler as checkHold } from '../../../functions/handlers/check-hold.ts';
import { handler as cleanUpSegment } from '../../../functions/handlers/clean-up-segment.ts';
import { handler as compareKeptSegment } from '../../../functions/handlers/compare-kept-segment.ts';
import { handler as compareTargetSegment } from '../../../functions/handlers/compare-target-segment.ts';
import { handler as concludeComparison } from '../../../functions/handlers/conclude-comparison.ts';
import { handler as concludeComparisonReverse } from '../../../functions/handlers/conclude-comparison-reverse.ts';
import { handler as concludeKeptSource } from '../../../functions/handlers/conclude-kept-source.ts';
import { handler as discardTarget } from '../../../functions/handlers/discard-target.ts';
import { handler as dropSourceTable } from '../../../functions/handlers/drop-source-table.ts';
import { handler as recordRollbackFailure } from '../../../functions/handlers/record-rollback-failure.ts';
import { handler as verifyKeptSegment } from '../../../functions/handlers/verify-kept-segment.ts';
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
    async run(step: StepHandler, input: object = {}) {
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
  test.each<[string, StepHandler]>([
    ['the comparison', compareKeptSegment],
    ['a poll of the hold', checkHold],
    ['the verification after it', verifyKeptSegment],
    ['the end of the verification', concludeKeptSource],
  ])('stops %s once, by a name that says so, and the retry ends without it', async (_, first) => {
    const { now, run, source, deleteByHand, retry } = await given();
    await deleteByHand(source);
    for (let n = 0; n < 2; n += 1) await expect(run(first)).rejects.toThrow(TableGone);
    await retry();
    expect(await run(compareKeptSegment)).toMatchObject({ done: true });
    await run(concludeComparison);
    expect(await run(checkHold)).toMatchObject({ over: true });
    await run(verifyKeptSegment);
    expect(await run(concludeKeptSource)).toEqual({ dropsTable: true });
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
    expect(await run(compareKeptSegment)).toMatchObject({ done: false });
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
    reverseFlippedAt: epochMs(1),
  });
  const route = await ports.routes.get(migration.tenantId);
  if (route) ports.routes.records.set(migration.tenantId, { ...route, table: source });
  await deleteByHand(target);
  await expect(run(compareTargetSegment)).rejects.toThrow(TableGone);
  await retry();
  expect(await run(compareTargetSegment)).toMatchObject({ done: true });
  await run(concludeComparisonReverse);
  expect((await now()).targetComparedAt).toBeDefined();
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
