import * as z from 'zod';
import { event, next, time } from '../../../documents/document-parts.ts';
import {
  Conflict,
  InvalidRequest,
  MigrationNotFound,
  NotSafe,
  RecordDamaged,
  StragglersFound,
  TenantNotFound,
  Throttled,
  TierferryError,
  Unavailable,
} from '../../../migration/errors.ts';

export const PROBLEM_JSON = 'application/problem+json';

/** An answer that is no success. [RFC 9457, Members of a problem details object] */
export const Problem = z.object({
  type: z.string().describe('`urn:tierferry:error:` and the code.'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Short and stable, for programs; docs/errors.md lists the codes of the core.'),
  detail: z.string().describe('The problem: what happened, and the state it left.'),
  facts: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .optional()
    .describe('Data about the problem, e.g. `migrationId`; `keys` and `segments` are numbers of them.'),
  next,
  issues: z
    .array(z.object({ path: z.string(), message: z.string() }))
    .optional()
    .describe('Problems of the request, by field.'),
  keys: z.array(z.string()).optional().describe('First keys that were written after the flip.'),
  latest: event
    .optional()
    .describe('Latest event of the migration, with the operator who was first and the reason.'),
  lastChange: z
    .object({ by: z.string(), at: time, reason: z.string().optional() })
    .optional()
    .describe('Last change of the tenant or table, with the operator who was first and the reason.'),
});
export type ProblemFields = Pick<z.input<typeof Problem>, 'issues' | 'keys' | 'latest' | 'lastChange'>;
type CoreFields = ProblemFields & Partial<Pick<z.input<typeof Problem>, 'facts' | 'next'>>;

/** Statuses of problems that the API itself finds. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 421 | 422 | 428 | 500 | 503;

/** A request that the API refuses before the core is asked, or because another operator was first. */
export class ApiProblem extends TierferryError {
  readonly status: ProblemStatus;
  override readonly code: string;
  readonly fields: ProblemFields;
  constructor(
    status: ProblemStatus,
    code: string,
    message: string,
    { cause, ...fields }: ProblemFields & ErrorOptions = {},
  ) {
    super(message, { cause });
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

const TITLES: Readonly<Record<ProblemStatus, string>> = {
  400: 'Invalid request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Not possible now',
  412: 'Changed meanwhile',
  413: 'Request too large',
  415: 'Unsupported media type',
  421: 'Misdirected request',
  422: 'Idempotency key used for another request',
  428: 'A condition is needed',
  500: 'Unexpected failure',
  503: 'Unavailable for now',
};

/** Errors of the core by the status of their answer; the first that fits counts. */
const STATUSES: readonly (readonly [abstract new (...given: never[]) => TierferryError, ProblemStatus])[] = [
  [MigrationNotFound, 404],
  [TenantNotFound, 404],
  [InvalidRequest, 400],
  [NotSafe, 409],
  [Conflict, 409],
  [Throttled, 503],
  [Unavailable, 503],
  [RecordDamaged, 500],
];

/** An error as the caller is told of it. `isUnexpected`: nothing of its message goes to the caller. */
export interface ProblemAnswer {
  readonly status: ProblemStatus;
  readonly body: z.output<typeof Problem>;
  readonly isUnexpected: boolean;
}

/** Returns the problem that answers a request which threw this error. */
export const problemOf = (error: unknown): ProblemAnswer => {
  if (error instanceof ApiProblem) return problemWith(error.status, error.code, error.message, error.fields);
  const status = STATUSES.find(([kind]) => error instanceof kind)?.[1];
  if (!(error instanceof TierferryError) || status === undefined) {
    const detail =
      'the console failed unexpectedly. The request may or may not have taken effect: look before you repeat it. The log of the console has the error';
    return { ...problemWith(500, 'Unexpected', detail), isUnexpected: true };
  }
  const keys = error instanceof StragglersFound ? { keys: [...error.keys] } : {};
  const facts = Object.keys(error.facts).length > 0 ? { facts: { ...error.facts } } : {};
  return problemWith(status, error.code, error.message, { ...keys, ...facts, next: error.next });
};

const problemWith = (
  status: ProblemStatus,
  code: string,
  detail: string,
  { next: action = null, ...fields }: CoreFields = {},
): ProblemAnswer => ({
  status,
  body: Problem.parse({
    type: `urn:tierferry:error:${code}`,
    title: TITLES[status],
    status,
    code,
    detail,
    next: action,
    ...fields,
  }),
  isUnexpected: false,
});
