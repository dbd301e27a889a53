/** An answer that AWS gives according to its documentation, and so according to the strict layer. */
export interface Expectation {
  readonly id: string;
  readonly question: string;
  /** Title of AWS's page, or "not documented" and the assumption of the strict layer. */
  readonly page: string;
  /** Names of the errors that the page allows; empty if the call succeeds at once. */
  readonly errors: readonly string[];
  /** States in their order. A poll may miss a short one. */
  readonly states?: readonly string[];
  /** Time until the last state, in ms. */
  readonly delayMs?: { readonly least: number; readonly most: number };
}

/** An answer of AWS in a run. */
export interface Answer {
  readonly id: string;
  /** Names of the errors in their order, without repetitions. */
  readonly errors: readonly string[];
  /** States in the order in which polls have seen them, without repetitions. */
  readonly states?: readonly string[];
  readonly delayMs?: number;
}

export interface AnswerDifference {
  readonly id: string;
  readonly about: 'answer' | 'errors' | 'states' | 'delay';
  readonly expected: string;
  readonly answered: string;
}

/** Compares the answers of AWS with the documented ones. An expectation without an answer is a difference, too. */
export const answerDifferences = (
  expectations: readonly Expectation[],
  answers: readonly Answer[],
): readonly AnswerDifference[] =>
  expectations.flatMap((expectation) => {
    const answer = answers.find(({ id }) => id === expectation.id);
    return answer ? differencesOf(expectation, answer) : [withoutAnswer(expectation)];
  });

const withoutAnswer = ({ id, question }: Expectation): AnswerDifference => ({
  id,
  about: 'answer',
  expected: question,
  answered: 'not answered in this run',
});

const differencesOf = (
  { id, errors, states = [], delayMs }: Expectation,
  answer: Answer,
): readonly AnswerDifference[] => {
  const found: AnswerDifference[] = [];
  const unknown = answer.errors.filter((name) => !errors.includes(name));
  const isMissing = errors.length > 0 && answer.errors.length === 0;
  if (unknown.length > 0 || isMissing)
    found.push({ id, about: 'errors', expected: listed(errors), answered: listed(answer.errors) });
  const seen = answer.states ?? [];
  if (!includesInOrder(states, seen) || seen.at(-1) !== states.at(-1))
    found.push({ id, about: 'states', expected: listed(states), answered: listed(seen) });
  if (
    delayMs &&
    (answer.delayMs === undefined || answer.delayMs < delayMs.least || answer.delayMs > delayMs.most)
  )
    found.push({
      id,
      about: 'delay',
      expected: `${delayMs.least} to ${delayMs.most} ms`,
      answered: answer.delayMs === undefined ? 'not measured' : `${Math.round(answer.delayMs)} ms`,
    });
  return found;
};

/** True if `seen` is `states` with some of them left out. */
const includesInOrder = (states: readonly string[], seen: readonly string[]): boolean => {
  let from = 0;
  return seen.every((state) => {
    const at = states.indexOf(state, from);
    from = at + 1;
    return at >= 0;
  });
};

const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
