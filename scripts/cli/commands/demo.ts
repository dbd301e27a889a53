import * as z from 'zod';
import { InvalidRequest } from '../../../functions/migration/errors.ts';
import { CHOSEN_ITEMS, CHOSEN_ITEMS_NATIVE, CHOSEN_SCHOOLS } from '../../demo/districts.ts';
import { choiceOption } from '../choice.ts';
import { type Define, withExamples } from '../cli.ts';
import { interruptible } from '../watching/interrupt.ts';
import { withEmbeddedStack } from '../with-embedded-stack.ts';

const ENGINES = ['dynamodb-local', 'dynoxide'] as const;
const Options = z.object({
  items: z.string().optional(),
  grow: z.boolean().default(false),
  engine: z.enum(ENGINES).optional(),
});
const MAX_ITEMS = 5_000_000;

export const defineDemo: Define = (command, cli) =>
  withExamples(command, [
    'demo',
    'demo --items 5000',
    'demo --items 2000 --grow',
    'demo --items 5000 --json > demo.json',
  ])
    .option(
      '--items <count>',
      `items of the district that is moved (default: ${CHOSEN_ITEMS}; ${CHOSEN_ITEMS_NATIVE} on dynoxide)`,
    )
    .addOption(
      choiceOption('--engine <engine>', 'the engine (default: whichever this machine can run)', ENGINES),
    )
    .option(
      '--grow',
      'then add schools to a district until Tierferry moves it, while clients write to all districts',
    )
    .action(async (options: unknown) => {
      const { engine, grow, items: count } = Options.parse(options);
      const items = count === undefined ? undefined : parseItems(count);
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
