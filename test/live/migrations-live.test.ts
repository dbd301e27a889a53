import { expect, test } from 'vitest';
import { type LiveStack, startLiveStack } from './live-stack.ts';
import { type Outcome, runHistory } from './run-history.ts';

const HISTORIES = Number(process.env.LIVE_HISTORIES ?? 6);
const SEED = process.env.SEED ?? String(Date.now());
/** Number of the first history. With the same seed, an interrupted campaign resumes there. */
const FROM = Number(process.env.LIVE_FROM ?? 0);
/** Number of histories on one stack, whose engine reads its streams ever more slowly as they grow. */
const A_STACK = 6;
/** Number of concurrent histories, for two cores. */
const SIDE_BY_SIDE = 2;
/** Number of failed histories after which the run ends. */
const ENOUGH = 3;

test(`clients of ${HISTORIES} tenants that are moved see linearizable results, seed ${SEED}`, {
  // a history that takes too long ends first, and says so
  timeout: 360_000 + HISTORIES * 60_000,
}, async () => {
  const outcomes: Outcome[] = [];
  const wrong = () => outcomes.filter((outcome) => outcome.wrong.length > 0);
  for (let first = FROM; first < HISTORIES && wrong().length < ENOUGH; first += A_STACK) {
    // half of the stacks compare all keys under the fence, the others touched keys only
    const fencedComparisonMs = (first / A_STACK) % 2 === 0 ? 200 : 0;
    process.stdout.write(`histories from ${first} on; to go on here: SEED=${SEED} LIVE_FROM=${first}\n`);
    const stack = await startLiveStack({ fencedComparisonMs }, `${SEED}.${first}`);
    try {
      const numbers = Array.from({ length: Math.min(A_STACK, HISTORIES - first) }, (_, n) => first + n);
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => runAll(stack, numbers, outcomes)));
    } finally {
      await stack.stop();
    }
  }
  process.stdout.write(`${summaryOf(outcomes)}\n`);
  expect(
    wrong()
      .flatMap(({ name, wrong: what }) => [name, ...what])
      .join('\n'),
  ).toBe('');
  // without these events the histories would prove nothing
  const total = totalOf(outcomes);
  if (FROM > 0) return;
  expect(total('indexReads')).toBeGreaterThan(10 * HISTORIES);
  const routed = outcomes.filter(({ clients }) => clients !== 'plain');
  for (const { transactions } of routed) expect(transactions).toBeGreaterThan(5);
  expect(total('writes')).toBeGreaterThan(100 * HISTORIES);
  expect(total('refused')).toBeGreaterThan(HISTORIES);
  expect(total('fences')).toBeGreaterThan(HISTORIES / 3);
  expect(total('flips')).toBeGreaterThan(HISTORIES / 4);
  if (HISTORIES < 6) return;
  expect(total('reverseFlips')).toBeGreaterThan(HISTORIES / 20);
  // some slow cutovers may still finish in time
  if (HISTORIES >= 24) expect(total('reopened')).toBeGreaterThan(HISTORIES / 40);
  const isOnSource = ({ status }: Outcome) => status !== 'completed';
  expect(outcomes.filter(isOnSource).length).toBeGreaterThan(HISTORIES / 10);
});

const runAll = async (stack: LiveStack, numbers: number[], outcomes: Outcome[]): Promise<void> => {
  for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
    const outcome = await runHistory(stack, n, `${SEED}.${n}`);
    outcomes.push(outcome);
    if (process.env.LIVE_VERBOSE) {
      const { name, wrong, ...numbersOf } = outcome;
      process.stdout.write(`${name} ${JSON.stringify(numbersOf)}\n${wrong.join('\n')}\n`);
    }
  }
};

const totalOf =
  (outcomes: readonly Outcome[]) =>
  (field: { [F in keyof Outcome]: Outcome[F] extends number ? F : never }[keyof Outcome]): number =>
    outcomes.reduce((sum, outcome) => sum + outcome[field], 0);

const summaryOf = (outcomes: readonly Outcome[]): string => {
  const total = totalOf(outcomes);
  const rolledBack = outcomes.filter(({ status }) => status !== 'completed').length;
  const longest = Math.round(Math.max(...outcomes.map(({ longestWaitMs }) => longestWaitMs)));
  return [
    `seed ${SEED}: ${outcomes.length} histories`,
    `${total('operations')} operations, ${total('writes')} writes, ${total('refused')} refused conditions`,
    `${total('indexReads')} reads by an index, ${total('transactions')} transactions of routed clients`,
    `${total('fences')} fences, ${total('flips')} flips, ${total('reverseFlips')} flips back, ${rolledBack} ended at home`,
    `${total('reopened')} fences opened again`,
    `${total('cutOff')} calls cut off, ${total('fencedOff')} TenantWriteFenced, longest wait of a write ${longest} ms`,
  ].join('; ');
};
