import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { currentUser } from '../who.ts';

/** Options of a command that asks for a migration, as commander hands them over. */
export const RequestOptions = z.object({
  to: z.string().optional(),
  elsewhere: z.boolean().default(false),
  dedicated: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  watch: z.boolean().default(false),
  hold: z.string().optional(),
  holdCutover: z.boolean().default(false),
  readUnits: z.string().optional(),
  reason: z.string(),
  by: z.string(),
});

export const withTarget = (command: Command): Command =>
  command
    .option('--to <tier>', 'tier to move to')
    .option('--dedicated', 'a table of its own, where the tier allows it')
    .option('--elsewhere', 'instead of --to: another table of the tier that it is in');

/** Where to, as a request says it. @throws InvalidRequest where it is said twice, or not at all. */
export const targetOf = ({
  to,
  elsewhere,
  dedicated,
}: z.infer<typeof RequestOptions>): { readonly toTier?: string; readonly dedicated?: boolean } => {
  if (elsewhere && (to !== undefined || dedicated))
    throw new InvalidRequest('--elsewhere keeps tier and placement; leave out --to and --dedicated');
  if (!elsewhere && to === undefined) throw new InvalidRequest('give the tier to move to: --to <tier>');
  return to === undefined ? {} : { toTier: to, dedicated };
};

export const withWho = (command: Command): Command =>
  command.option('--by <name>', 'who asks, for the audit trail', currentUser());

/** Who says something to a migration, and why, as commander hands it over. */
export const SaidOptions = z.object({ why: z.string(), by: z.string() });

export const withWhy = (command: Command): Command =>
  withWho(command).option('--why <text>', 'why, for the audit trail', 'by hand');

export const WATCH = [
  '--watch',
  'stay and show progress until the end; Ctrl-C stops the watching only',
] as const;

/** Parses a limit in capacity units a second. @returns undefined if the option was not given. @throws InvalidRequest */
export const parseUnits = (option: string, text: string | undefined): number | 'none' | undefined => {
  if (text === undefined || text === 'none') return text;
  const parsed = z.coerce.number().int().min(1).safeParse(text);
  if (!parsed.success) throw new InvalidRequest(`${option} is a whole number from 1, or none, not '${text}'`);
  return parsed.data;
};
