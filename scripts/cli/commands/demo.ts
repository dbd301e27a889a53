import type { Command } from 'commander';
import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { CHOSEN_ITEMS, CHOSEN_ITEMS_NATIVE, CHOSEN_SCHOOLS } from '../../demo/districts.ts';
import { type Cli, commandWithExamples } from '../cli.ts';
import { interruptible } from '../watching/interrupt.ts';
import { withEmbeddedStack } from '../with-embedded-stack.ts';

const Options = z.object({
  items: z.string().optional(),
  grow: z.boolean().default(false),
  engine: z.enum(['dynamodb-local', 'dynoxide']).optional(),
});
const MAX_ITEMS = 5_000_000;

export const demoCommand = (cli: Cli): Command =>
  commandWithExamples(
    'demo',
    'Run a whole migration on this machine: stack, sample districts, dry run, migration, report',
    ['demo', 'demo --items 5000', 'demo --items 2000 --grow', 'demo --items 5000 --json > demo.json'],
  )
    .option(
      '--items <count>',
      `items of the district that is moved (default: ${CHOSEN_ITEMS}; ${CHOSEN_ITEMS_NATIVE} on dynoxide)`,
    )
    .option('--engine <engine>', 'dynamodb-local or dynoxide (default: whichever this machine can run)')
    .option(
      '--grow',
      'then add schools to a district until it is moved automatically, while all districts are written',
    )
    .action(async (options: unknown) => {
      const parsed = Options.safeParse(options);
      if (!parsed.success)
        throw new InvalidRequest('--engine must be dynamodb-local or dynoxide. Nothing was started.');
      const { engine, grow } = parsed.data;
      const items = parsed.data.items === undefined ? undefined : parseItems(parsed.data.items);
      const { runDemo } = await withEmbeddedStack(() => import('../../demo/demo.ts'));
      const result = await interruptible('stopped; nothing is left running', (signal) =>
        runDemo(cli.out, { items, grow, ...(engine ? { engine } : {}), signal }),
      );
      cli.out.result('demo', result, () => []);
    });

const parseItems = (text: string): number => {
  const parsed = z.coerce.number().int().min(CHOSEN_SCHOOLS).max(MAX_ITEMS).safeParse(text);
  if (!parsed.success) {
    throw new InvalidRequest(
      `--items must be a whole number from ${CHOSEN_SCHOOLS} to 5,000,000, not '${text}'. Nothing was started.`,
    );
  }
  return parsed.data;
};
