import { expect, test } from 'vitest';
import { withDefaults } from '../../state-machines/defaults.ts';

const FUNCTION = '$'.concat('{CopySegment}');
const SERVICE = 'arn:$'.concat('{Partition}:states:::states:startExecution');

/** The Task `fields` with its defaults. */
const expanded = (fields: Record<string, unknown>) => {
  const asl = JSON.stringify({
    StartAt: 'A',
    States: { A: { Type: 'Task', Resource: FUNCTION, ...fields } },
  });
  return JSON.parse(withDefaults(asl)).States.A;
};
const errorsIn = ({ Retry = [] }: { Retry?: { ErrorEquals: string[] }[] }) =>
  Retry.map(({ ErrorEquals }) => ErrorEquals);

test('a Task without fields of its own gets the default time-out, and a Retry of temporary errors and crashes', () => {
  const { TimeoutSeconds, Retry } = expanded({ End: true });
  expect(TimeoutSeconds).toBe(60);
  expect(Retry).toEqual([
    expect.objectContaining({ ErrorEquals: expect.arrayContaining(['Throttled']), MaxAttempts: 6 }),
    expect.objectContaining({ ErrorEquals: ['Runtime.ExitError', 'States.Timeout'], MaxAttempts: 2 }),
  ]);
});

test('a Task keeps its own time-out, and its own retry rules follow the default ones', () => {
  const own = { ErrorEquals: ['SegmentClaimed'], MaxAttempts: 8 };
  const task = expanded({ TimeoutSeconds: 120, Retry: [own] });
  expect(task.TimeoutSeconds).toBe(120);
  expect(task.Retry).toHaveLength(3);
  expect(task.Retry[2]).toEqual(own);
});

test('an error that a Task retries itself is not in the default Retry', () => {
  const own = { ErrorEquals: ['Throttled', 'States.Timeout', 'Runtime.ExitError'], MaxAttempts: 30 };
  const errors = errorsIn(expanded({ Retry: [own] }));
  expect(errors).toHaveLength(2);
  expect(errors[0]).toContain('Conflict');
  expect(errors[0]).not.toContain('Throttled');
  expect(errors[1]).toEqual(own.ErrorEquals);
});

test('a Task that retries every error has its own Retry only', () => {
  const own = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 30 }];
  expect(expanded({ Retry: own }).Retry).toEqual(own);
});

test('a Task that calls a service has only its own Retry, or none', () => {
  const own = [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 6 }];
  expect(expanded({ Resource: SERVICE, Retry: own }).Retry).toEqual(own);
  expect(expanded({ Resource: SERVICE })).toEqual({ Type: 'Task', Resource: SERVICE, TimeoutSeconds: 60 });
});

test('Tasks in branches and Maps get the defaults, and no other state is changed', () => {
  const task = { Type: 'Task', Resource: FUNCTION, End: true };
  const wait = { Type: 'Wait', Seconds: 1, Next: 'Items' };
  const asl = {
    StartAt: 'Both',
    States: {
      Both: { Type: 'Parallel', Branches: [{ StartAt: 'In', States: { In: task } }], Next: 'Wait' },
      Wait: wait,
      Items: { Type: 'Map', ItemProcessor: { StartAt: 'Of', States: { Of: task } }, End: true },
    },
  };
  const { States } = JSON.parse(withDefaults(JSON.stringify(asl)));
  expect(States.Wait).toEqual(wait);
  expect(States.Both.Branches[0].States.In.Retry).toHaveLength(2);
  expect(States.Items.ItemProcessor.States.Of).toEqual(States.Both.Branches[0].States.In);
});

test('existing defaults are not added again', () => {
  const once = withDefaults(
    JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Task', Resource: FUNCTION, End: true } } }),
  );
  expect(withDefaults(once)).toBe(once);
});
