import { statusWords } from '../../functions/migration/life-cycle.ts';
import type { AnswerDifference, Expectation } from './answers.ts';
import type { LeftOver } from './clean-up.ts';
import type { ManualQuestion } from './expectations.ts';
import type { Move } from './moves.ts';
import type { Step } from './plan.ts';
import type { DeniedCall } from './planned-calls.ts';

const MS = 1_000;

/** Part of every output, so that no excerpt can be taken for a result from AWS. */
export const NEVER_RUN =
  'This script has never been run against AWS: its authors have no account. Only its dry run, its comparison and its clean-up logic are tested.';

export const renderPlan = (steps: readonly Step[]): readonly string[] => [
  'Steps, in order, with the calls that the script makes itself:',
  ...steps.flatMap(({ name, does, calls }, n) => [
    `${n + 1}. ${name}: ${does}`,
    ...(calls.length > 0 ? [`   ${[...new Set(calls)].join(', ')}`] : ['   (CDK, with its own roles)']),
  ]),
];

export const renderQuestions = (
  expectations: readonly Expectation[],
  manual: readonly ManualQuestion[],
): readonly string[] => [
  'Questions that only an account can answer:',
  ...expectations.map(({ question, page, delayMs }) => `- ${question}${boundOf(delayMs)} [${page}]`),
  'Questions that the script cannot answer; each with the command that shows the answer:',
  ...manual.flatMap(({ question, command }) => [`- ${question}`, `    ${command}`]),
];

/** Renders the strict layer's delay with its tolerance. */
const boundOf = (delayMs: Expectation['delayMs']): string =>
  delayMs ? ` (expected: at most ${Math.round(delayMs.most / MS)} s)` : '';

export const renderDifferences = (differences: readonly AnswerDifference[]): readonly string[] =>
  differences.length === 0
    ? ['AWS answered like the strict layer.']
    : [
        'AWS answered differently from the strict layer:',
        ...differences.map(
          ({ id, about, expected, answered }) =>
            `- ${id}, ${about}: expected ${expected}; answered ${answered}`,
        ),
      ];

export const renderMoves = (moves: readonly Move[]): readonly string[] =>
  moves.map(({ name, migrationId, status, traffic, differences }) => {
    const { missing, unexpected, different } = differences;
    const failed = Object.entries(traffic.failed).map(([error, count]) => `${count} ${error}`);
    const wrong = missing.length + unexpected.length + different.length;
    return [
      `${name} (${migrationId}): ${statusWords(status)}`,
      `${traffic.written} writes`,
      `write gap ${Math.round(traffic.writeGapMs)} ms`,
      ...(failed.length > 0 ? [`not acknowledged: ${failed.join(', ')}`] : []),
      wrong === 0
        ? 'every item is as written'
        : `WRONG: ${missing.length} items missing, ${unexpected.length} unexpected, ${different.length} different`,
    ].join('; ');
  });

export const renderDeniedCalls = (refusals: readonly DeniedCall[]): readonly string[] => {
  const counts = new Map<string, number>();
  for (const { call, error } of refusals)
    counts.set(`${call} ${error}`, (counts.get(`${call} ${error}`) ?? 0) + 1);
  return ['Errors from AWS:', ...[...counts].map(([what, count]) => `- ${count} x ${what}`)];
};

export const renderLeftovers = (left: readonly LeftOver[], again: string): readonly string[] =>
  left.length === 0
    ? ['Everything was removed. KMS deletes the key of the control tables in seven days.']
    : [
        ...left.map(({ what, reason }) => `left behind: ${what}: ${reason}`),
        `Resources that are left cost money. Remove them: ${again}`,
      ];
