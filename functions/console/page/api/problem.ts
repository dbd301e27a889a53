import type { NextStep, Problem } from './schema.ts';

/** A request that the server has refused, with the problem that it returned. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The server did not answer. A request that changes something may or may not have taken effect. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  constructor(options?: ErrorOptions) {
    super('The console’s server does not answer.', options);
  }
}

/** The operator's next action about a problem, in the page's terms, by its code. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  ActionNotPossible: 'Look at the migration again, then decide.',
  ChangedMeanwhile: 'Look at what has changed, then decide.',
  Conflict: 'Look again, then decide.',
  MigrationBlocked: 'Mend the blockers that the plan lists, then plan again.',
  MigrationNotFound: 'Check the id, or open the list of migrations.',
  NoPlan: 'Wait until the dry run has ended.',
  NoReport: 'Wait until the migration has ended.',
  NotFound: 'Check the address.',
  PlanChanged: 'Plan again.',
  PlanExpired: 'Plan again: a tenant changes all the while.',
  RequestUnderWay: 'Wait a moment, then look whether it has taken effect.',
  RoleMissing: 'Ask an administrator of the console for the role.',
  TableNotFound: 'Check the name, or open the list of tables.',
  TenantNotFound: 'Check the id, or open the list of tenants.',
  Throttled: 'Wait a moment, then try again.',
  TooManyStreams: 'The page asks every 2 seconds instead.',
  Unavailable: 'Wait a moment, then try again.',
  Unexpected: 'Look whether the request has taken effect before you repeat it.',
};

/** The next action that a problem names, in the page's terms. `by-hand` has its own words. */
const ACTIONS: Readonly<Record<Exclude<NextStep['action'], 'by-hand'>, string>> = {
  watch: 'Open the migration and wait.',
  status: 'Open the migration.',
  report: 'Open the report of the migration.',
  resume: 'Resume the migration.',
  cutover: 'Release the cutover.',
  retry: 'Retry the migration.',
  cancel: 'Cancel the migration.',
  rollback: 'Roll the migration back.',
  doctor: 'Open the doctor.',
  sweep: 'Start a sweep with the command line.',
  'show-queue': 'Open the queue.',
  'list-migrations': 'Open the list of migrations.',
  'list-tenants': 'Open the list of tenants.',
  'list-tables': 'Open the list of tables.',
  'show-tenant': 'Open the tenant.',
  'move-elsewhere': 'Plan a move to another table of the tier.',
  'remove-tenant': 'Continue the removal with the command line.',
  migrate: 'Request a new migration of the tenant.',
  'retire-table': 'Retire the table.',
  'add-table': 'Add a table with the command line.',
  mend: 'Repair the finding in the doctor.',
};

const nextWordsOf = (next: NextStep | null): string | undefined => {
  if (!next) return undefined;
  return next.action === 'by-hand' ? next.todo : ACTIONS[next.action];
};

/** A failed request as text: what happened, and what to do. */
export interface ProblemWords {
  readonly title: string;
  readonly detail: string;
  readonly nextStep: string | undefined;
}

/** Returns a sentence with a capital and a full stop, which the server's words lack. */
export const sentence = (words: string): string => {
  const text = words.trim();
  // a name at the beginning, such as that of a table, stays as it is
  const begun = /^[a-z]+(?=[\s,.;:]|$)/.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};

/** Returns the page's text about an error. */
export const wordsOf = (error: unknown): ProblemWords => {
  if (error instanceof ApiError) {
    const { title, detail, code, next, issues = [] } = error.problem;
    const wrong = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return {
      title,
      detail: sentence(wrong === '' ? detail : `${detail}: ${wrong}`),
      nextStep: NEXT_STEPS[code] ?? nextWordsOf(next),
    };
  }
  if (error instanceof Unreachable)
    return {
      title: 'Disconnected',
      detail: error.message,
      nextStep: 'Check that the console is running and that you are online. The page tries again by itself.',
    };
  return {
    title: 'The page has failed',
    detail: 'Something went wrong in the page itself; nothing was changed on the server.',
    nextStep: 'Reload the page.',
  };
};

/** The status of a refused request; undefined if the server did not answer. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof ApiError ? error.problem.status : undefined;

/** True if the same request may succeed later. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Unreachable || (statusOf(error) ?? 0) >= 500;
