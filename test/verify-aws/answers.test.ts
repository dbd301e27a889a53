import { expect, test } from 'vitest';
import { parseStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { type Answer, answerDifferences, type Expectation } from '../../scripts/verify-aws/answers.ts';
import { EXPECTATIONS, expectationsOf } from '../../scripts/verify-aws/expectations.ts';
import { historyAnswer } from '../../scripts/verify-aws/history-events.ts';
import { ObservedStates } from '../../scripts/verify-aws/seen-states.ts';
import { FakeClock } from '../support/fake-clock.ts';

const expectation: Expectation = {
  id: 'recovery',
  question: 'When does recovery read ENABLED?',
  page: 'UpdateContinuousBackups',
  errors: ['ContinuousBackupsUnavailableException'],
  states: ['DISABLED', 'ENABLING', 'ENABLED'],
  delayMs: { least: 1_000, most: 60_000 },
};
const asExpected: Answer = {
  id: 'recovery',
  errors: ['ContinuousBackupsUnavailableException'],
  states: ['DISABLED', 'ENABLING', 'ENABLED'],
  delayMs: 8_000,
};

test.each<readonly [string, Partial<Answer>]>([
  ['the exact answer', {}],
  ['a state between two polls', { states: ['DISABLED', 'ENABLED'] }],
  ['the bounds of the delay', { delayMs: 60_000 }],
])('%s is as expected', (_, change) => {
  expect(answerDifferences([expectation], [{ ...asExpected, ...change }])).toEqual([]);
});

test.each<readonly [string, Partial<Answer>, string, string]>([
  ['another error', { errors: ['ResourceInUseException'] }, 'errors', 'ResourceInUseException'],
  ['no error at all', { errors: [] }, 'errors', 'none'],
  [
    'a state that no page documents',
    { states: ['DISABLED', 'PENDING', 'ENABLED'] },
    'states',
    'DISABLED, PENDING, ENABLED',
  ],
  [
    'states in another order',
    { states: ['ENABLING', 'DISABLED', 'ENABLED'] },
    'states',
    'ENABLING, DISABLED, ENABLED',
  ],
  ['another last state', { states: ['DISABLED', 'ENABLING'] }, 'states', 'DISABLED, ENABLING'],
  ['an answer that came too late', { delayMs: 60_001 }, 'delay', '60001 ms'],
])('%s is a difference', (_, change, about, answered) => {
  expect(answerDifferences([expectation], [{ ...asExpected, ...change }])).toMatchObject([
    { id: 'recovery', about, answered },
  ]);
});

test('a question without an answer is a difference, and an answer without a question is not', () => {
  expect(answerDifferences([expectation], [{ id: 'other', errors: [] }])).toMatchObject([
    { id: 'recovery', about: 'answer', answered: 'not answered in this run' },
  ]);
});

test('every expectation has its own page and id, and can be met', () => {
  expect(new Set(EXPECTATIONS.map(({ id }) => id)).size).toBe(EXPECTATIONS.length);
  for (const { id, page, errors, states, delayMs } of EXPECTATIONS) {
    expect(page, id).not.toBe('');
    const answer = {
      id,
      errors,
      ...(states ? { states } : {}),
      ...(delayMs ? { delayMs: delayMs.most } : {}),
    };
    expect(
      answerDifferences(EXPECTATIONS, [answer]).filter((one) => one.id === id),
      id,
    ).toEqual([]);
  }
});

test('bounds are those of the strict layer: slower settings expect more, and configured limits refuse', () => {
  const bounds = (dynamodb: object, streams: object = {}) =>
    Object.fromEntries(
      expectationsOf(parseStrictSettings({ dynamodb, streams })).map(({ id, errors, delayMs }) => [
        id,
        { errors, most: delayMs?.most },
      ]),
    );
  const usual = bounds({});
  const changed: readonly (readonly [string, object, object?])[] = [
    ['table-creation', { tableCreateMs: 100_000 }],
    ['recovery-of-new-table', { backupsEnabledMs: 100_000 }],
    ['recovery-of-new-table', { recoveryVisibleMs: 100_000 }],
    ['backup', { backupMs: 100_000 }],
    ['mapping', {}, { mappingCreationMs: 100_000 }],
    ['school-event', {}, { mostLatencyMs: 100_000 }],
    ['tables-at-once', { indexedTablesAtOnce: 1 }],
  ];
  for (const [id, dynamodb, streams] of changed) {
    const { [id]: one, ...others } = bounds(dynamodb, streams);
    const { [id]: before, ...same } = usual;
    expect(one, id).not.toEqual(before);
    expect(others, id).toEqual(same);
  }
});

test('states are recorded once, with the time until the last one was first seen', () => {
  const clock = new FakeClock();
  const seen = new ObservedStates(() => clock.monotonic());
  seen.state('CREATING');
  clock.advance(3_000);
  seen.state('CREATING');
  seen.state('ACTIVE');
  clock.advance(5_000);
  seen.state('ACTIVE');
  seen.error('LimitExceededException');
  seen.error('LimitExceededException');
  expect(seen.answer('table')).toEqual({
    id: 'table',
    errors: ['LimitExceededException'],
    states: ['CREATING', 'ACTIVE'],
    delayMs: 3_000,
  });
  expect(new ObservedStates(() => 0).answer('none')).toEqual({ id: 'none', errors: [] });
});

test('events of a history are counted by visit, and a retry does not count', () => {
  const task = [
    'TaskStateEntered',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionSucceeded',
    'TaskStateExited',
  ];
  const retried = [
    'TaskStateEntered',
    'LambdaFunctionScheduled',
    'LambdaFunctionStarted',
    'LambdaFunctionFailed',
    ...task.slice(1),
  ];
  const choice = ['ChoiceStateEntered', 'ChoiceStateExited'];
  const wait = ['WaitStateEntered', 'WaitStateExited'];
  const types = ['ExecutionStarted', ...task, ...choice, ...retried, ...wait, ...task, 'ExecutionSucceeded'];
  const events = types.map((type, n) => ({
    timestamp: new Date(0),
    id: n,
    type: type as 'TaskStateEntered',
  }));
  expect(historyAnswer(events)).toEqual({
    id: 'history-events',
    errors: [],
    states: ['Task 5', 'Choice 2', 'Wait 2'],
  });
});
