import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { FailureInput, SegmentInput, StepInput, WatchInput } from '../../functions/aws/step.ts';
import type { checkHold } from '../../functions/migration/clean-up/check-hold.ts';
import type { cleanUpSegment } from '../../functions/migration/clean-up/clean-up-segment.ts';
import type { concludeKeptSource } from '../../functions/migration/clean-up/conclude-kept-source.ts';
import type { dropSourceTable } from '../../functions/migration/clean-up/drop-source-table.ts';
import type { applyJournal } from '../../functions/migration/copy/apply-journal.ts';
import type { copySegment } from '../../functions/migration/copy/copy-segment.ts';
import type { catchUp } from '../../functions/migration/cutover/catch-up.ts';
import type { cutOver } from '../../functions/migration/cutover/cut-over.ts';
import type { shortenLease } from '../../functions/migration/cutover/shorten-lease.ts';
import type { watchFence } from '../../functions/migration/cutover/watch-fence.ts';
import type { checkIndexes } from '../../functions/migration/indexes/check-indexes.ts';
import type { armCapture } from '../../functions/migration/journal/arm-capture.ts';
import type { countPartition } from '../../functions/migration/plan/count-partition.ts';
import type { planMigration } from '../../functions/migration/plan/plan-migration.ts';
import type { checkTargetTable } from '../../functions/migration/provision/check-target-table.ts';
import type { openMigration } from '../../functions/migration/record/open-migration.ts';
import type { awaitWorkers } from '../../functions/migration/rollback/await-workers.ts';
import type { decideRollback } from '../../functions/migration/rollback/decide-rollback.ts';
import type { discardTarget } from '../../functions/migration/rollback/discard-target.ts';
import type { dropCreatedTable } from '../../functions/migration/rollback/drop-created-table.ts';
import type { recordFailure } from '../../functions/migration/rollback/record-failure.ts';
import type { recordRollbackFailure } from '../../functions/migration/rollback/record-rollback-failure.ts';
import type {
  compareKeptSegment,
  compareTargetSegment,
} from '../../functions/migration/verify/compare-kept-segment.ts';
import { MACHINES } from '../../state-machines/machines.ts';
import { functionStatesOf, readMachine, statesOf } from './asl.ts';

type Single = boolean | number | string;
/** The result that a step may return: named single values, without lists or nested objects. */
type Small<Answer> = Answer extends Record<string, Single> ? true : false;
/** The results of steps that list the segments: their numbers and single values. */
type IsNumberList<Answer> = Answer extends Record<string, Single | number[]> ? true : false;
type AnswerOf<Step extends (...given: never[]) => unknown> = Awaited<ReturnType<Step>>;

/** The steps whose results stay in the state. The compiler checks each; the test checks that none is missing. */
const ANSWERS: Readonly<{
  OpenMigration: IsNumberList<AnswerOf<typeof openMigration>>;
  CountPartition: IsNumberList<AnswerOf<typeof countPartition>>;
  PlanMigration: Small<AnswerOf<typeof planMigration>>;
  CheckTargetTable: Small<AnswerOf<typeof checkTargetTable>>;
  CopySegment: Small<AnswerOf<typeof copySegment>>;
  ArmSourceCapture: Small<AnswerOf<typeof armCapture>>;
  ArmTargetCapture: Small<AnswerOf<typeof armCapture>>;
  ApplyJournal: IsNumberList<AnswerOf<typeof applyJournal>>;
  CatchUp: IsNumberList<AnswerOf<typeof catchUp>>;
  CatchUpReverse: IsNumberList<AnswerOf<typeof catchUp>>;
  CheckIndexes: Small<AnswerOf<typeof checkIndexes>>;
  CutOver: Small<AnswerOf<typeof cutOver>>;
  CutOverReverse: Small<AnswerOf<typeof cutOver>>;
  CompareKeptSegment: Small<AnswerOf<typeof compareKeptSegment>>;
  CompareTargetSegment: Small<AnswerOf<typeof compareTargetSegment>>;
  ShortenLeaseReverse: Small<AnswerOf<typeof shortenLease>>;
  ShortenLease: Small<AnswerOf<typeof shortenLease>>;
  WatchFence: Small<AnswerOf<typeof watchFence>>;
  CheckHold: Small<AnswerOf<typeof checkHold>>;
  ConcludeKeptSource: Small<AnswerOf<typeof concludeKeptSource>>;
  CleanUpSegment: Small<AnswerOf<typeof cleanUpSegment>>;
  RecordFailure: Small<AnswerOf<typeof recordFailure>>;
  RecordRollbackFailure: Small<AnswerOf<typeof recordRollbackFailure>>;
  DecideRollback: IsNumberList<AnswerOf<typeof decideRollback>>;
  AwaitWorkers: Small<AnswerOf<typeof awaitWorkers>>;
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
  CatchUpReverse: true,
  CutOver: true,
  CutOverReverse: true,
  CompareKeptSegment: true,
  CompareTargetSegment: true,
  ShortenLeaseReverse: true,
  WatchFence: true,
  CheckHold: true,
  ConcludeKeptSource: true,
  CleanUpSegment: true,
  RecordFailure: true,
  RecordRollbackFailure: true,
  DecideRollback: true,
  AwaitWorkers: true,
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
    expect(StepInput.parse(state)).toEqual({ migrationId: 'm', attempt: 1 });
    expect(SegmentInput.parse(state)).toEqual({ migrationId: 'm', attempt: 1, segment: 3 });
    expect(FailureInput.parse({ ...state, failure: { Error: 'E', Cause: 'c', items: ['x'] } })).toEqual({
      migrationId: 'm',
      attempt: 1,
      failure: { Error: 'E', Cause: 'c' },
    });
    for (const schema of [StepInput, SegmentInput, FailureInput, WatchInput])
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
        'StartFenceWatchdogReverse',
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
