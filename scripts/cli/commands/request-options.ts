import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { currentUser } from '../current-user.ts';

/** Options of a command that requests a migration, as commander passes them. */
export const RequestOptions = z.object({
  to: z.string().optional(),
  elsewhere: z.boolean().default(false),
  dedicated: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  watch: z.boolean().default(false),
  hold: z.string().optional(),
  holdCutover: z.boolean().default(false),
  readUnits: z.string().optional(),
  writeUnits: z.string().optional(),
  yes: z.boolean().default(false),
  reason: z.string(),
  by: z.string(),
});

export const withTarget = (command: Command): Command =>
  command
    .option('--to <tier>', 'tier to move to')
    .option('--dedicated', 'give the tenant a table of its own, if the tier allows it')
    .option('--elsewhere', "instead of --to: move to another table of the tenant's tier");

/** Returns the target that the options name. @throws InvalidRequest if they name none, or contradict each other. */
export const targetOf = ({
  to,
  elsewhere,
  dedicated,
}: z.infer<typeof RequestOptions>): { readonly toTier?: string; readonly dedicated?: boolean } => {
  if (elsewhere && (to !== undefined || dedicated))
    throw new InvalidRequest(
      '--elsewhere keeps tier and placement. Nothing was changed. Leave out --to and --dedicated.',
    );
  if (!elsewhere && to === undefined)
    throw new InvalidRequest(
      'no target was given. Nothing was changed. Give the tier to move to: --to <tier>',
    );
  return to === undefined ? {} : { toTier: to, dedicated };
};

export const withLimits = (command: Command): Command =>
  command
    .option('--write-units <n>', 'write units per second, from 1 (default: no limit)')
    .option('--read-units <n>', "read units per second in each table (default: the deployment's setting)");

/** Returns the limits that the options name; `none` is the default of a request. @throws InvalidRequest */
export const limitsOf = (
  options: z.infer<typeof RequestOptions>,
): { readonly writeUnitsPerSecond?: number; readonly readUnitsPerSecond?: number } => {
  const write = parseUnits('--write-units', options.writeUnits);
  const read = parseUnits('--read-units', options.readUnits);
  return {
    ...(typeof write === 'number' ? { writeUnitsPerSecond: write } : {}),
    ...(typeof read === 'number' ? { readUnitsPerSecond: read } : {}),
  };
};

export const withByOption = (command: Command): Command =>
  command.option('--by <name>', 'your name, for the audit trail', currentUser());

/** For requests that need no reason: one is recorded only if it was given. */
export const withOptionalReason = (command: Command): Command =>
  withByOption(command).option('--reason <text>', 'reason, recorded with the change');

/** Name and reason for the audit trail, as commander passes them. */
export const AuditOptions = z.object({ reason: z.string(), by: z.string() });

/** @param usual the reason if none is given */
export const withReasonOption = (command: Command, usual = 'by hand'): Command =>
  withByOption(command).option('--reason <text>', 'reason, for the audit trail', usual);

export const WATCH_OPTION = [
  '--watch',
  'show progress until the end; Ctrl-C detaches, the migration continues',
] as const;

/** Parses a limit in capacity units per second. @returns undefined if the option was not given. @throws InvalidRequest */
export const parseUnits = (option: string, text: string | undefined): number | 'none' | undefined => {
  if (text === undefined || text === 'none') return text;
  const parsed = z.coerce.number().int().min(1).safeParse(text);
  if (!parsed.success)
    throw new InvalidRequest(
      `${option} must be a whole number from 1, or none, not '${text}'. Nothing was changed.`,
    );
  return parsed.data;
};
