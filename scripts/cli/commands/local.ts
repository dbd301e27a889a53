import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { findStack } from '../../local/running-stack.ts';
import { checkedStrictSettings, type GivenStrictSettings } from '../../local/strict/strict-settings.ts';
import { choiceOption } from '../choice.ts';
import { type Cli, type Define, withExamples } from '../cli.ts';
import { SettingsMissing } from '../explain.ts';
import { createOut } from '../out.ts';
import { withEmbeddedStack } from '../with-embedded-stack.ts';

const PORT = 'must be a whole number from 0 to 65,535';
const port = z.coerce.number(PORT).int(PORT).min(0, PORT).max(65_535, PORT);
const ENGINES = ['dynamodb-local', 'dynoxide'] as const;
const SEEDS = ['none', 'demo'] as const;
const LOG_LEVELS = ['info', 'warn', 'silent'] as const;
const LOG_FORMATS = ['words', 'json'] as const;
const Options = z.object({
  engine: z.enum(ENGINES).optional(),
  data: z.string().min(1).optional(),
  seed: z.enum(SEEDS).default('none'),
  log: z.enum(LOG_LEVELS).default('warn'),
  logFormat: z.enum(LOG_FORMATS).optional(),
  dynamodbPort: port.optional(),
  stepFunctionsPort: port.optional(),
  consolePort: port.optional(),
  strict: z.boolean().default(false),
  strictSettings: z.string().optional(),
});

export const defineLocal: Define = (command, cli) =>
  withExamples(command, [
    'local --seed demo',
    'local --engine dynoxide --data .tierferry/data --dynamodb-port 8000 --json',
    `local --strict --strict-settings '{"scale":10}'   # like AWS, but ten times as fast`,
    'local env                        # the environment of the running stack',
    'local --seed demo -- npm test    # run a command in the environment of a new stack',
  ])
    .addOption(
      choiceOption('--engine <engine>', 'the engine (default: whichever this machine can run)', ENGINES),
    )
    .option('--data <folder>', 'keep data in this folder between starts (default: in memory)')
    .addOption(
      choiceOption('--seed <what>', 'demo: register the demo districts and write their data', SEEDS).default(
        'none',
      ),
    )
    .option('--dynamodb-port <port>', 'port of DynamoDB (default: any free port)')
    .option('--step-functions-port <port>', 'port of Step Functions (default: any free port)')
    .option('--console-port <port>', 'port of the ops console (default: any free port)')
    .option(
      '--strict',
      'behave as AWS is documented to: tables, backups and mappings take time, partitions throttle, streams are late',
    )
    .option(
      '--strict-settings <json>',
      'settings of --strict, listed in CONTRIBUTING.md (default: as on AWS)',
    )
    .addOption(
      choiceOption('--log <level>', 'info logs every step and status change', LOG_LEVELS).default('warn'),
    )
    .addOption(
      choiceOption(
        '--log-format <format>',
        'format of the log (default: words in a terminal, json elsewhere)',
        LOG_FORMATS,
      ),
    )
    .action(async (_env: unknown, _command: unknown, given: unknown, { args }: Command) => {
      const { log: level, strict, strictSettings, ...options } = parseLocalOptions(given);
      const command = cli.afterDashes;
      const operands = args.slice(0, args.length - (command?.length ?? 0));
      if (operands.length === 1 && operands[0] === 'env' && !command) return printEnv(cli);
      if (operands.length > 0)
        throw new InvalidRequest(
          `unknown argument '${operands.join(' ')}'. Nothing was started. To run a command, put it after --: tierferry local -- ${operands.join(' ')}`,
        );
      if (command?.length === 0)
        throw new InvalidRequest('no command follows --. Nothing was started. Give one, or leave out --.');
      const { runLocal } = await withEmbeddedStack(() => import('../../local/run-local.ts'));
      const logFormat = options.logFormat ?? (process.stderr.isTTY ? 'words' : 'json');
      // standard output is for the command
      const out = command
        ? createOut((await import('../documents/documents.ts')).documentOf, cli.env)
        : cli.out;
      cli.exitWith(
        await runLocal(out, {
          ...options,
          level,
          logFormat,
          command,
          settings: cli.givenSettings(),
          strict: parseStrictSettings(strict, strictSettings),
        }),
      );
    });

/** @returns undefined unless --strict is given. @throws InvalidRequest */
const parseStrictSettings = (
  isStrict: boolean,
  settings: string | undefined,
): GivenStrictSettings | undefined => {
  if (!isStrict && settings === undefined) return undefined;
  if (!isStrict) throw new InvalidRequest('--strict-settings needs --strict. Nothing was started.');
  try {
    return checkedStrictSettings(JSON.parse(settings ?? '{}'));
  } catch (error) {
    const reason = error instanceof z.ZodError ? firstIssueText(error) : 'is not JSON';
    throw new InvalidRequest(`--strict-settings ${reason}. Nothing was started.`);
  }
};

const firstIssueText = ({ issues: [issue] }: z.ZodError): string =>
  `at ${issue?.path.join('.') || 'the top'}: ${issue?.message}`;

const printEnv = async ({ out }: Cli): Promise<void> => {
  const stack = await findStack(process.cwd());
  if (!stack)
    throw new SettingsMissing(
      "no stack is running in this folder or above it. Start one here with 'tierferry local', or change to the folder where it was started.",
    );
  out.result('environment', { env: stack.env }, () =>
    Object.entries(stack.env).map(([name, value]) => `export ${name}='${value}'`),
  );
};

const parseLocalOptions = (options: unknown): z.output<typeof Options> => {
  const parsed = Options.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = String(issue?.path[0] ?? '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new InvalidRequest(`--${flag} ${issue?.message}`);
};
