import { commandOf } from '../../functions/documents/next-command.ts';
import { ERRORS, type ErrorCode, type ErrorEntry } from '../../functions/migration/error-catalogue.ts';
import * as errors from '../../functions/migration/errors.ts';
import {
  DEPLOYMENT_STEPS,
  MIGRATION_STEPS,
  type NextStep,
  TENANT_STEPS,
} from '../../functions/migration/next-action.ts';
import { CLI_ERRORS } from '../cli/error-catalogue.ts';
import { EXIT } from '../cli/exit-codes.ts';

/** Returns the exit code of a command that ends with the error. */
const exitOf = (code: ErrorCode): number => {
  if (isA(code, errors.InvalidRequest)) return EXIT.invalid;
  return isA(code, errors.NotSafe) ? EXIT.notSafe : EXIT.failed;
};

const CLASSES: ReadonlyMap<string, abstract new (...given: never[]) => Error> = new Map(
  Object.entries(errors),
);

const isA = (code: ErrorCode, base: typeof errors.InvalidRequest | typeof errors.NotSafe): boolean => {
  const found = CLASSES.get(code);
  return found === base || found?.prototype instanceof base;
};

/** An example of each next action, with names in place of its fields. */
export const NEXT_EXAMPLES: readonly NextStep[] = [
  ...MIGRATION_STEPS.map((action) => ({ action, migrationId: 'ID' })),
  ...DEPLOYMENT_STEPS.map((action) => ({ action })),
  ...TENANT_STEPS.map((action) => ({ action, tenantId: 'TENANT' })),
  { action: 'migrate', tenantId: 'TENANT', tier: 'TIER' },
  { action: 'retire-table', table: 'TABLE' },
  { action: 'add-table', tier: 'TIER' },
  { action: 'mend', finding: 'FINDING' },
  { action: 'by-hand', todo: '' },
];

const errorRow = (code: ErrorCode): string => {
  const { meaning, todo, next }: ErrorEntry = ERRORS[code];
  return `| \`${code}\` | ${exitOf(code)} | ${meaning} | ${todo} | ${next === undefined ? '' : `\`${next}\``} |`;
};

const cliErrorRows = (): string[] =>
  Object.entries(CLI_ERRORS).map(
    ([code, { exit, meaning, todo }]) => `| \`${code}\` | ${exit} | ${meaning} | ${todo} |`,
  );

const actionRow = (next: NextStep): string => {
  const { action, ...subject } = next;
  const command = commandOf(next);
  const fields = Object.keys(subject).map((field) => `\`${field}\``);
  const words = command === undefined ? 'none: `todo` describes the work' : `\`${command}\``;
  return `| \`${action}\` | ${fields.join(', ')} | ${words} |`;
};

/** Renders docs/errors.md from the catalogue of errors. */
export const errorsPage = (): string => `# Errors

Each error of Tierferry has a code, facts, and the next action as data. The codes are stable, so programs can rely on them.

| where | code | next action |
|---|---|---|
| the terminal | the message explains it | the line \`Next:\` |
| \`--json\` | \`error.code\` | \`next\` of the document |
| the [API](api/README.md) of the ops console | \`code\` | \`next\` |
| a migration that failed | \`failure.error\` | \`failure.next\` |
| an [event](events/README.md) about an error | \`failure.error\` | \`failure.next\` |
| an execution in Step Functions | its error | \`failure.next\` of the migration |

The message says what happened and the state it left. \`facts\` contains what the error is about, such as \`migrationId\`, \`tenantId\` and
\`table\`; \`keys\` and \`segments\` are counts.

## Codes

The column \`exit\` is the [exit code](cli.md) of a command that ends with the error. The last column is the next action on a migration
that the error stopped, unless the error names another one.

| code | exit | meaning | what to do | next |
|---|---|---|---|---|
${(Object.keys(ERRORS) as ErrorCode[]).map(errorRow).join('\n')}

## Codes of the command line

The command line reports these errors itself.

| code | exit | meaning | what to do |
|---|---|---|---|
${cliErrorRows().join('\n')}

The router has errors of its own, which your application handles: see [router.md](router.md).

## Next actions

A next action has the same shape in errors, in findings of the doctor, in the status of a migration and in plans:
\`{"action": "rollback", "migrationId": "mig-..."}\`, or \`null\` if there is none.

| action | fields | command |
|---|---|---|
${NEXT_EXAMPLES.map(actionRow).join('\n')}

This page is made from \`functions/migration/error-catalogue.ts\` and \`scripts/cli/error-catalogue.ts\` (\`npx vitest run test/house/errors.test.ts -u\`).
`;
