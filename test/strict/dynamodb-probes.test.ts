import { afterEach, expect, test } from 'vitest';
import { type GivenStrictSettings, parseStrictSettings } from '../../scripts/local/strict/strict-settings.ts';
import { answerDifferences } from '../../scripts/verify-aws/answers.ts';
import { expectationsOf } from '../../scripts/verify-aws/expectations.ts';
import { probe } from '../../scripts/verify-aws/probes.ts';
import { type StrictWorld, startStrictDynamoDb } from './strict-world.ts';

let world: StrictWorld;
afterEach(() => world.stop());

/** Asks the strict layer the questions that `verify:aws` asks AWS, in the layer's own time. */
const differences = async (given: GivenStrictSettings['dynamodb'], expected = given) => {
  world = await startStrictDynamoDb(given);
  const { client, pass } = world;
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
    pass(ms);
  };
  const answers = await probe({ dynamodb: client, prefix: 'probed', now: () => now, sleep });
  const asked = new Set(answers.map(({ id }) => id));
  const expectations = expectationsOf(parseStrictSettings({ dynamodb: expected }));
  return answerDifferences(
    expectations.filter(({ id }) => asked.has(id)),
    answers,
  );
};

test.each<[string, GivenStrictSettings['dynamodb']]>([
  ['with its defaults', {}],
  ['with one table with indexes at a time', { indexedTablesAtOnce: 1 }],
  ['with longer delays', { tableCreateMs: 60_000, backupsEnabledMs: 60_000, backupMs: 300_000 }],
])('verify:aws finds no difference between the strict layer and itself %s', async (_, settings) => {
  expect(await differences(settings)).toEqual([]);
});

test('a service that is slower than the strict layer, or has other limits, is reported', async () => {
  const slow = { tableCreateMs: 60_000, backupMs: 300_000, indexedTablesAtOnce: 1 };
  expect((await differences(slow, {})).map(({ id, about }) => `${id} ${about}`)).toEqual([
    'table-creation delay',
    'tables-at-once errors',
    'backup delay',
  ]);
});
