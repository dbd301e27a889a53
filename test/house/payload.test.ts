import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { FailureInput, SegmentInput, StageInput, WatchInput } from '../../functions/aws/stage.ts';
import type { applyAfterCopy } from '../../functions/migration/apply/apply-after-copy.ts';
import type { armCapture } from '../../functions/migration/capture/arm-capture.ts';
import type { checkHold } from '../../functions/migration/clean-up/check-hold.ts';
import type { cleanUpSegment } from '../../functions/migration/clean-up/clean-up-segment.ts';
import type { concludeFrozenSource } from '../../functions/migration/clean-up/conclude-frozen-source.ts';
import type { dropSourceTable } from '../../functions/migration/clean-up/drop-source-table.ts';
import type { copySegment } from '../../functions/migration/copy/copy-segment.ts';
import type { openMigration } from '../../functions/migration/open-migration.ts';
import type { countPartition } from '../../functions/migration/plan/count-partition.ts';
import type { planMigration } from '../../functions/migration/plan/plan-migration.ts';
import type { checkTargetTable } from '../../functions/migration/provision/check-target-table.ts';
import type { recordFailure } from '../../functions/migration/record-failure.ts';
import type { awaitWriters } from '../../functions/migration/rollback/await-writers.ts';
import type { decideWayOut } from '../../functions/migration/rollback/decide-way-out.ts';
import type { discardTarget } from '../../functions/migration/rollback/discard-target.ts';
import type { dropCreatedTable } from '../../functions/migration/rollback/drop-created-table.ts';
import type { recordRollbackFailure } from '../../functions/migration/rollback/record-rollback-failure.ts';
import type { catchUp } from '../../functions/migration/routing/catch-up.ts';
import type { cutOver } from '../../functions/migration/routing/cut-over.ts';
import type { shortenLease } from '../../functions/migration/routing/shorten-lease.ts';
import type { watchFence } from '../../functions/migration/routing/watch-fence.ts';
import type { checkIndexes } from '../../functions/migration/verify/check-indexes.ts';
import type {
  compareKeptSegment,
  compareTargetLeft,
} from '../../functions/migration/verify/compare-kept-segment.ts';
import { MACHINES } from '../../state-machines/machines.ts';
import { functionStatesOf, readMachine, statesOf } from './asl.ts';

type Single = boolean | number | string;
/** The result that a step may return: named single values, without lists or nested objects. */
type Small<Answer> = Answer extends Record<string, Single> ? true : false;
/** The results of steps that list the segments: their numbers and single values. */
type Numbered<Answer> = Answer extends Record<string, Single | number[]> ? true : false;
type AnswerOf<Step extends (...given: never[]) => unknown> = Awaited<ReturnType<Step>>;

/** The steps whose results stay in the state. The compiler checks each; the test checks that none is missing. */
const ANSWERS: Readonly<{
  OpenMigration: Numbered<AnswerOf<typeof openMigration>>;
  CountPartition: Numbered<AnswerOf<typeof countPartition>>;
  PlanMigration: Small<AnswerOf<typeof planMigration>>;
  CheckTargetTable: Small<AnswerOf<typeof checkTargetTable>>;
  CopySegment: Small<AnswerOf<typeof copySegment>>;
  ArmSourceCapture: Small<AnswerOf<typeof armCapture>>;
  ArmTargetCapture: Small<AnswerOf<typeof armCapture>>;
  ApplyJournal: Numbered<AnswerOf<typeof applyAfterCopy>>;
  CatchUp: Numbered<AnswerOf<typeof catchUp>>;
  CatchUpBack: Numbered<AnswerOf<typeof catchUp>>;
  CheckIndexes: Small<AnswerOf<typeof checkIndexes>>;
  CutOver: Small<AnswerOf<typeof cutOver>>;
  CutBack: Small<AnswerOf<typeof cutOver>>;
  CompareKeptSegment: Small<AnswerOf<typeof compareKeptSegment>>;
  CompareTargetLeft: Small<AnswerOf<typeof compareTargetLeft>>;
  ShortenLeaseBack: Small<AnswerOf<typeof shortenLease>>;
  ShortenLease: Small<AnswerOf<typeof shortenLease>>;
  WatchFence: Small<AnswerOf<typeof watchFence>>;
  CheckHold: Small<AnswerOf<typeof checkHold>>;
  ConcludeFrozenSource: Small<AnswerOf<typeof concludeFrozenSource>>;
  CleanUpSegment: Small<AnswerOf<typeof cleanUpSegment>>;
  RecordFailure: Small<AnswerOf<typeof recordFailure>>;
  RecordRollbackFailure: Small<AnswerOf<typeof recordRollbackFailure>>;
  DecideWayOut: Numbered<AnswerOf<typeof decideWayOut>>;
  AwaitWriters: Small<AnswerOf<typeof awaitWriters>>;
  DiscardTarget: Small<AnswerOf<typeof discardTarget>>;
  DropCreatedTable: Small<AnswerOf<typeof dropCreatedTable>>;
  DropSourceTable: Small<AnswerOf<typeof dropSourceTable>>;
}> = {
  OpenMigration: true,
  CountPartition: true,
  PlanMigration: true,
  CheckTargetTable: true,
  CopySegment: true,
  ShortenLease: true,
  ArmSourceCapture: true,
  ArmTargetCapture: true,
  ApplyJournal: true,
  CheckIndexes: true,
  CatchUp: true,
  CatchUpBack: true,
  CutOver: true,
  CutBack: true,
  CompareKeptSegment: true,
  CompareTargetLeft: true,
  ShortenLeaseBack: true,
  WatchFence: true,
  CheckHold: true,
  ConcludeFrozenSource: true,
  CleanUpSegment: true,
  RecordFailure: true,
  RecordRollbackFailure: true,
  DecideWayOut: true,
  AwaitWriters: true,
  DiscardTarget: true,
  DropCreatedTable: true,
  DropSourceTable: true,
};

const machines = MACHINES.map(readMachine);
const everyState = machines.flatMap(statesOf);
const maps = everyState.filter(({ state }) => state.Type === 'Map');

describe('no item and no list except segment numbers enters the workflow state', () => {
  test('a step takes ids and single numbers from the state, and ignores the rest', () => {
    const state = { migrationId: 'm', attempt: 1, segment: 3, open: { segments: [1, 2] }, items: ['x'] };
    expect(StageInput.parse(state)).toEqual({ migrationId: 'm', attempt: 1 });
    expect(SegmentInput.parse(state)).toEqual({ migrationId: 'm', attempt: 1, segment: 3 });
    expect(FailureInput.parse({ ...state, failure: { Error: 'E', Cause: 'c', items: ['x'] } })).toEqual({
      migrationId: 'm',
      attempt: 1,
      failure: { Error: 'E', Cause: 'c' },
    });
    for (const schema of [StageInput, SegmentInput, FailureInput, WatchInput])
      expect(isFlat(schema)).toBe(true);
    expect(isFlat(z.object({ keys: z.array(z.string()) })), 'a list would be found').toBe(false);
    expect(isFlat(z.object({ item: z.looseObject({}) })), 'an open object would be found').toBe(false);
  });

  test('results that stay in the state are those that the compiler checks', () => {
    const kept = machines
      .flatMap(functionStatesOf)
      .filter(({ state }) => state.ResultPath !== null)
      .map(({ name }) => name);
    expect(kept.sort()).toEqual(Object.keys(ANSWERS).sort());
  });

  test('every result that stays has its own place next to the input', () => {
    for (const { name, state } of everyState.filter(({ state }) => state.Type === 'Task')) {
      expect(state.ResultPath === null || /^\$\.\w+$/.test(state.ResultPath ?? '$'), name).toBe(true);
    }
  });

  test('a Map iterates over the segment numbers, passes one at a time, and keeps no results', () => {
    expect(maps.length).toBeGreaterThan(0);
    for (const { name, state } of maps) {
      expect(state, name).toMatchObject({
        ItemsPath: expect.stringMatching(/^\$\.(open|applied|caughtUp|decision)\.segments$/),
        ResultPath: null,
        ItemSelector: {
          'migrationId.$': '$.migrationId',
          'attempt.$': '$.attempt',
          'segment.$': '$$.Map.Item.Value',
        },
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' } },
      });
      expect(Object.keys(state.ItemSelector ?? {}), name).toHaveLength(3);
      expect(state.MaxConcurrency, `${name}: unbounded concurrency would flood the table`).toBeGreaterThan(0);
      expect([state.ItemReader, state.ItemBatcher, state.ResultWriter], name).toEqual(
        Array(3).fill(undefined),
      );
      const ends = Object.values(state.ItemProcessor?.States ?? {}).filter(
        (inner) => inner.End || inner.Type === 'Succeed',
      );
      for (const end of ends) expect(end.OutputPath, `${name}: an item leaves nothing behind`).toBeNull();
    }
  });

  test('nothing else enters the state: only states that start another machine or watch have parameters, and these are ids', () => {
    const shaping = everyState.filter(
      ({ state }) => state.Parameters ?? state.Arguments ?? state.ResultSelector ?? state.Result,
    );
    expect(shaping.map(({ name, state }) => [name, state.Parameters])).toEqual([
      [
        'StartFenceWatchdog',
        {
          StateMachineArn: expect.any(String),
          Input: { 'migrationId.$': '$.migrationId', 'attempt.$': '$.attempt' },
        },
      ],
      [
        'RollBack',
        {
          StateMachineArn: expect.any(String),
          'Name.$': "States.Format('{}-{}', $.migrationId, $.attempt)",
          Input: {
            'migrationId.$': '$.migrationId',
            'attempt.$': '$.attempt',
            'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id',
          },
        },
      ],
      [
        'StartFenceWatchdogBack',
        {
          StateMachineArn: expect.any(String),
          Input: { 'migrationId.$': '$.migrationId', 'attempt.$': '$.attempt' },
        },
      ],
      [
        'WatchFence',
        {
          'migrationId.$': '$.migrationId',
          'attempt.$': '$.attempt',
          'watchedSince.$': '$$.Execution.StartTime',
        },
      ],
    ]);
  });
});

/** True if a schema allows only named single values, or objects of such values. */
const isFlat = (schema: z.ZodType): boolean => {
  const json = z.toJSONSchema(schema, { io: 'input' });
  const flat = (node: unknown): boolean => {
    if (typeof node !== 'object' || node === null) return false;
    if ('additionalProperties' in node && node.additionalProperties !== false) return false;
    if ('properties' in node) return Object.values(node.properties ?? {}).every(flat);
    return 'type' in node && ['string', 'number', 'integer', 'boolean'].includes(String(node.type));
  };
  return flat(json);
};
