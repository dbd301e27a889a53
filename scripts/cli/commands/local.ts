import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { withEmbeddedStack } from '../with-embedded-stack.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const Options = z.object({
  engine: z.enum(['dynamodb-local', 'dynoxide'], 'is dynamodb-local or dynoxide').optional(),
  data: z.string().min(1).optional(),
  seed: z.enum(['none', 'demo'], 'is none or demo').default('none'),
  log: z.enum(['info', 'warn', 'silent'], 'is info, warn or silent').default('warn'),
  dynamodbPort: port.optional(),
  stepFunctionsPort: port.optional(),
});

export const localCommand = (cli: Cli): Command =>
  commandWithExamples('local', 'Run DynamoDB and Step Functions on this machine until Ctrl-C', [
    'local',
    'local --seed demo',
    'local --engine dynoxide --data .tierferry/data --dynamodb-port 8000 --json',
  ])
    .option('--engine <engine>', 'dynamodb-local or dynoxide (default: whichever this machine can run)')
    .option('--data <folder>', 'keep data in this folder between starts (default: in memory)')
    .option('--seed <what>', 'none or demo: register the demo districts and write their data', 'none')
    .option('--dynamodb-port <port>', 'port of DynamoDB (default: a free one)')
    .option('--step-functions-port <port>', 'port of Step Functions (default: a free one)')
    .option('--log <level>', 'info, warn or silent; info has every step and status change', 'warn')
    .action(async (given: unknown) => {
      const asked = parse(given);
      const { runLocal } = await withEmbeddedStack(() => import('../../local/run-local.ts'));
      const { log: level, ...options } = asked;
      await runLocal(cli.out, { ...options, level, settings: cli.givenSettings() });
    });

const parse = (options: unknown): z.output<typeof Options> => {
  const parsed = Options.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = String(issue?.path[0] ?? '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new InvalidRequest(`--${flag} ${issue?.message}`);
};
