import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import * as z from 'zod';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import type { ImportedTenant } from '../../functions/migration/tenants/import-tenants.ts';
import { didYouMean } from './did-you-mean.ts';

/** Columns of the file. The first two are required. */
export const COLUMNS = ['tenant', 'tier', 'name', 'schools', 'dedicated', 'table'] as const;
const REQUIRED = ['tenant', 'tier'] as const;

/** A tenant with the line of the file that describes it, from 1. */
export interface TenantLine {
  readonly line: number;
  readonly tenant: ImportedTenant;
}

/** A problem of a file, with its line from 1. */
export interface LineProblem {
  readonly line: number;
  readonly message: string;
}

/** Maximum number of problems in a message. */
const MAX_PROBLEMS = 10;

/** Refuses a file because of its problems. */
export const invalidFile = (file: string, problems: readonly LineProblem[]): InvalidRequest => {
  const listed = problems.slice(0, MAX_PROBLEMS).map(({ line, message }) => `line ${line}: ${message}`);
  const more = problems.length - listed.length;
  return new InvalidRequest(
    `${file}: ${listed.join('; ')}${more > 0 ? `; and ${more} more problems` : ''}. Nothing was changed.`,
  );
};

const absentIfEmpty = z.string().transform((text) => (text === '' ? undefined : text));
const NO_COUNT = 'schools must be a whole number from 0';
const Row = z.object({
  tenant: z.string().min(1, 'the tenant id is missing'),
  tier: z.string().min(1, 'the tier is missing'),
  name: absentIfEmpty.optional(),
  schools: absentIfEmpty
    .transform((text) => (text === undefined ? undefined : Number(text)))
    .pipe(z.number(NO_COUNT).int(NO_COUNT).min(0, NO_COUNT).optional())
    .optional(),
  dedicated: absentIfEmpty
    .pipe(z.enum(['yes', 'no', 'true', 'false'], 'dedicated must be yes or no').optional())
    .optional(),
  table: absentIfEmpty.optional(),
});

/** The part of a parsed file that is used: each record with the line on which it ends. */
const Parsed = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }));

/**
 * Reads tenants from a CSV file whose first line names the columns.
 * @throws InvalidRequest that names the lines. All problems of the file are found before anything is changed.
 */
export const readTenantsCsv = async (file: string): Promise<readonly TenantLine[]> => {
  const [head, ...rows] = await readRecords(file);
  if (!head)
    throw new InvalidRequest(`${file} is empty. Nothing was changed. Its first line names the columns.`);
  const columns = head.record.map((name) => name.toLowerCase());
  const problem = columnProblem(columns);
  if (problem) throw invalidFile(file, [{ line: head.line, message: problem }]);
  const tenants: TenantLine[] = [];
  const problems: LineProblem[] = [];
  for (const { record, line } of rows) {
    const row = Row.safeParse(Object.fromEntries(columns.map((name, n) => [name, record[n]])));
    if (row.success) tenants.push({ line, tenant: tenantOf(row.data) });
    else
      problems.push({
        line,
        message: [...new Set(row.error.issues.map(({ message }) => message))].join(', '),
      });
  }
  if (problems.length > 0) throw invalidFile(file, problems);
  return tenants;
};

const readRecords = async (
  file: string,
): Promise<readonly { readonly record: readonly string[]; readonly line: number }[]> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new InvalidRequest(`cannot read ${file}: ${messageOf(error)}. Nothing was changed.`, {
      cause: error,
    });
  }
  try {
    // also removes a byte order mark, as spreadsheets write one
    const records: unknown = parse(text, { bom: true, trim: true, skip_empty_lines: true, info: true });
    return Parsed.parse(records).map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new InvalidRequest(`${file} is not CSV: ${error.message}. Nothing was changed.`, { cause: error });
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const columnProblem = (columns: readonly string[]): string | undefined => {
  const known: readonly string[] = COLUMNS;
  const unknown = columns.find((name) => !known.includes(name));
  if (unknown !== undefined)
    return `unknown column '${unknown}'.${didYouMean(unknown, COLUMNS)} Columns: ${COLUMNS.join(', ')}`;
  const missing = REQUIRED.find((name) => !columns.includes(name));
  if (missing !== undefined) return `column '${missing}' is missing. Columns: ${COLUMNS.join(', ')}`;
  const twice = columns.find((name, n) => columns.indexOf(name) !== n);
  return twice === undefined ? undefined : `column '${twice}' is there twice`;
};

const tenantOf = ({
  tenant,
  tier,
  name,
  schools,
  dedicated,
  table,
}: z.infer<typeof Row>): ImportedTenant => ({
  tenantId: tenant,
  name,
  tier,
  schoolCount: schools,
  dedicated: dedicated === 'yes' || dedicated === 'true',
  table,
});
