import { readFileSync } from 'node:fs';
import validate from 'asl-validator';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import * as errors from '../../functions/migration/errors.ts';
import { LAMBDA_SECONDS } from '../../functions/migration/limits.ts';
import { handlerFile, kebabCase } from '../../infra/handler-files.ts';
import { permissionsOf, STEP_PERMISSIONS } from '../../infra/step-permissions.ts';
import { loadHandlers } from '../../scripts/local/handlers.ts';
import { stateMachines, withArns } from '../../scripts/local/state-machines.ts';
import { withDefaults } from '../../state-machines/defaults.ts';
import {
  definitionOf,
  functionStates,
  MACHINES,
  type MachineName,
  machineFile,
} from '../../state-machines/machines.ts';
import {
  type AslState,
  endsFrom,
  functionStatesOf,
  handlingFaults,
  readLeanMachine,
  readMachine,
  statesOf,
} from './asl.ts';

/** Handlers that no state calls, each with its caller. */
const WITHOUT_STATE: Readonly<Record<string, string>> = {
  CaptureChanges: 'the streams of the tier tables',
  CountSchools: 'CaptureChanges, for tenants whose schools have changed',
  AdmitQueued: 'a schedule, and the ends of executions',
  SweepTenants: 'a schedule',
  PublishEvents: 'the stream of the migrations table',
  RequestMove: 'events of others',
};

const machines = MACHINES.map((name) => ({ name, machine: readMachine(name) }));
const everyState = machines.flatMap(({ machine }) => statesOf(machine));
const functionNames = machines.flatMap(({ machine }) => functionStatesOf(machine)).map(({ name }) => name);
const errorNames = new Set(Object.keys(errors));

describe('states, handlers and functions agree by name', () => {
  test('every Task is a function of its own name, or the start of another state machine', () => {
    const tasks = everyState.filter(({ state }) => state.Type === 'Task').map(({ name }) => name);
    expect(tasks.filter((name) => !functionNames.includes(name))).toEqual([
      'StartFenceWatchdog',
      'RollBack',
      'StartFenceWatchdogReverse',
    ]);
    expect(new Set(tasks).size).toBe(tasks.length);
  });

  test('no definition names a partition, so it works in every partition', () => {
    for (const name of MACHINES) expect(definitionOf(name).match(/arn:[^$][^"]*/g) ?? [], name).toEqual([]);
    const text = JSON.stringify(readMachine('tier-migration'));
    expect(text).toContain('arn:$'.concat('{Partition}:states:::states:startExecution.sync:2'));
  });

  test('every such state has a handler file that exports a handler, and every handler has a state or a reason', async () => {
    const handlers = await loadHandlers();
    expect([...handlers.keys()].sort()).toEqual([...functionNames, ...Object.keys(WITHOUT_STATE)].sort());
    for (const reason of Object.values(WITHOUT_STATE)) expect(reason).not.toBe('');
  });

  test('a file has the name of its state in kebab case', () => {
    expect(kebabCase('CopySegment')).toBe('copy-segment');
    expect(handlerFile('UpdateTenantRegistry')).toMatch(/functions\/handlers\/update-tenant-registry\.ts$/);
  });

  test('the deployment makes a function for every such state, and lists its permissions', () => {
    expect(MACHINES.flatMap(functionStates).sort()).toEqual([...functionNames].sort());
    expect(Object.keys(STEP_PERMISSIONS).sort()).toEqual([...functionNames].sort());
    expect(() => permissionsOf('Unthought')).toThrow(/Unthought/);
  });
});

/** Most lines of a file, so that a reader sees the whole workflow on one page. */
const MAX_LINES = { 'tier-migration': 560, rollback: 280, 'fence-watchdog': 40 };
const MAX_CHARACTERS = 120;

describe('the files', () => {
  const textOf = (name: MachineName) => readFileSync(machineFile(name), 'utf8');

  test('each fit on a page: few lines, none of them long', () => {
    for (const name of MACHINES) {
      const lines = textOf(name).trimEnd().split('\n');
      expect(lines.length, name).toBeLessThanOrEqual(MAX_LINES[name]);
      expect(lines.filter(({ length }) => length > MAX_CHARACTERS)).toEqual([]);
    }
  });

  test('do not repeat a default in any Task', () => {
    const alone = { StartAt: 'A', States: { A: { Type: 'Task', Resource: '$'.concat('{A}') } } };
    const { TimeoutSeconds, Retry = [] }: AslState = JSON.parse(withDefaults(JSON.stringify(alone))).States.A;
    const defaults = Retry.map((retrier) => JSON.stringify(retrier.ErrorEquals));
    for (const { name, state } of MACHINES.map(readLeanMachine).flatMap(statesOf)) {
      expect(state.TimeoutSeconds, name).not.toBe(TimeoutSeconds);
      for (const { ErrorEquals } of state.Retry ?? [])
        expect(defaults, name).not.toContain(JSON.stringify(ErrorEquals));
    }
  });
});

describe('the definitions', () => {
  test('pass asl-validator with ARNs filled in, with and without the defaults', () => {
    const definitions = stateMachines();
    expect(definitions.map(({ name }) => name).sort()).toEqual([...MACHINES].sort());
    for (const { name, definition } of definitions) {
      expect(definition).not.toContain('${');
      const lean = withArns(readFileSync(machineFile(name), 'utf8'));
      for (const asl of [definition, lean]) {
        const { isValid, errorsText } = validate(JSON.parse(asl), { checkArn: true, checkPaths: true });
        expect(isValid, `${name}: ${errorsText('\n')}`).toBe(true);
      }
    }
  });

  test('bound retries, with jitter, on named errors; have States.ALL last; retry and time out every Task', () => {
    expect(everyState.flatMap((state) => handlingFaults(state, errorNames))).toEqual([]);
  });

  test.each<[string, AslState]>([
    ['without bounds', { Type: 'Task', Retry: [{ ErrorEquals: ['Throttled'], JitterStrategy: 'FULL' }] }],
    ['without jitter', { Type: 'Task', Retry: [{ ErrorEquals: ['Throttled'], MaxAttempts: 3 }] }],
    ['no named error', { Type: 'Task', Retry: [{ ErrorEquals: ['States.ALL'] }] }],
    ['no code throws', { Type: 'Task', Catch: [{ ErrorEquals: ['Throtled'], Next: 'X' }] }],
    [
      'never reached',
      {
        Type: 'Task',
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'X' },
          { ErrorEquals: ['Throttled'], Next: 'Y' },
        ],
      },
    ],
    ['stands alone', { Type: 'Task', Catch: [{ ErrorEquals: ['Throttled', 'States.ALL'], Next: 'X' }] }],
    ['a Task without Retry', { Type: 'Task', TimeoutSeconds: 60, Retry: [] }],
    ['no TimeoutSeconds', { Type: 'Task' }],
    ['heartbeat', { Type: 'Task', TimeoutSeconds: 60, HeartbeatSeconds: 60 }],
  ])('a state with the fault "%s" is found', (fault, state) => {
    expect(handlingFaults({ name: 'Planted', state }, errorNames).join('; ')).toContain(fault);
  });

  test("a state's timeout is longer than its function's, so that a second try never runs concurrently with the first", () => {
    for (const { name, state } of machines.flatMap(({ machine }) => functionStatesOf(machine))) {
      const { seconds } = permissionsOf(name);
      expect(state.TimeoutSeconds, name).toBeGreaterThan(seconds);
      expect(seconds, name).toBeLessThanOrEqual(LAMBDA_SECONDS);
    }
  });
});

describe('F9: the watchdog', () => {
  const watchdog = readMachine('fence-watchdog');

  test('ends for no error: it waits and polls again', () => {
    const { Catch = [] } = watchdog.States.WatchFence ?? {};
    expect(Catch.map(({ ErrorEquals }) => ErrorEquals)).toEqual([['States.ALL']]);
    for (const { Next } of Catch)
      expect(watchdog.States[Next]).toMatchObject({ Type: 'Wait', Next: 'WatchFence' });
  });

  test('polls at least once a minute, also in an outage', () => {
    const { Retry = [], TimeoutSeconds = 0 } = watchdog.States.WatchFence ?? {};
    const { Seconds } = z.object({ Seconds: z.number() }).parse(watchdog.States.WaitForService);
    const delays = Retry.map(({ MaxDelaySeconds = Number.POSITIVE_INFINITY }) => MaxDelaySeconds);
    // plus its own time-out
    expect(Math.max(Seconds, ...delays)).toBeLessThanOrEqual(60);
    expect(TimeoutSeconds).toBeLessThanOrEqual(60);
  });
});

describe('a failed migration', () => {
  const migration = readMachine('tier-migration');
  const rollback = readMachine('rollback');

  test('ends as FAILED, whatever was caught', () => {
    const caught = Object.values(migration.States).flatMap((state) => state.Catch ?? []);
    expect(caught.length).toBeGreaterThan(0);
    for (const { Next } of caught) {
      const ends = endsFrom(migration, Next);
      expect(ends.length).toBeGreaterThan(0);
      for (const { name, state } of ends) expect(state.Type, `${Next} leads to ${name}`).toBe('Fail');
    }
  });

  test('is rolled back from every state before the flip, and recorded after it', () => {
    const ways = Object.entries(migration.States)
      .filter(([, state]) => ['Task', 'Map', 'Parallel'].includes(state.Type))
      .map(([name, state]) => [name, state.Catch?.at(-1)?.ErrorEquals[0], state.Catch?.at(-1)?.Next]);
    expect(ways).toEqual([
      ['OpenMigration', 'States.ALL', 'RollBack'],
      ['ProvisionTargetTable', 'States.ALL', 'RollBack'],
      ['CopyPartition', 'States.ALL', 'RollBack'],
      ['UpdateTenantRegistry', 'States.ALL', 'RollBack'],
      ['FlipRoutingFlag', 'States.ALL', 'RollBack'],
      ['VerifyAndCleanUp', 'States.ALL', 'RecordFailure'],
      ['RollBack', 'States.ALL', 'RollbackFailed'],
      // this state fails the execution, as intended
      ['RecordFailure', undefined, undefined],
    ]);
  });

  test('is not reported as rolled back if an undo failed', () => {
    const all = Object.entries(rollback.States).map(([name, state]) => ({ name, state }));
    for (const { name, state } of all.filter(({ state: { Type } }) => Type === 'Task' || Type === 'Map')) {
      const next = name === 'RecordRollbackFailure' ? [] : ['RecordRollbackFailure'];
      expect(
        (state.Catch ?? []).map(({ Next }) => Next),
        name,
      ).toEqual(next);
    }
    const ends = endsFrom(rollback, 'RecordRollbackFailure');
    expect(ends.map(({ name, state }) => `${name} ${state.Type}`)).toEqual(['RollbackFailed Fail']);
  });

  test('is found if it ends as a success', () => {
    const planted = {
      StartAt: 'Undo',
      States: { Undo: { Type: 'Task', Next: 'Done' }, Done: { Type: 'Succeed' } },
    };
    expect(endsFrom(planted, 'Undo').map(({ state }) => state.Type)).toEqual(['Succeed']);
  });
});
