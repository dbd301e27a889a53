/**
 * `npm run verify:aws`: deploys this repository to an account, checks it with a made-up tenant, and removes everything. It
 * has never been run; only `--dry-run` is tested.
 */
import { Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { checkedPrefix, newPrefix } from './deployment-name.ts';
import { dryRun } from './dry-run.ts';
import { run } from './run.ts';

const ITEMS = 2_000;

const Options = z.object({
  region: z.string().optional(),
  items: z.number(),
  dryRun: z.boolean().default(false),
  remove: z.string().optional(),
});

const itemsOf = (text: string): number => {
  const items = Number(text);
  // the application overwrites 100 of the items
  if (!Number.isSafeInteger(items) || items < 200 || items > 100_000)
    throw new InvalidArgumentError('must be a number from 200 to 100000');
  return items;
};

const prefixOf = (text: string): string => {
  try {
    return checkedPrefix(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
};

const command = new Command()
  .name('verify:aws')
  .description(
    'Deploy to an account, move a made-up tenant while it is written, compare AWS with the strict layer, remove everything.',
  )
  .option('--dry-run', 'synthesis, the plan of calls and the permissions; needs no account')
  .option('--region <region>', 'where to deploy; the account must be bootstrapped there')
  .option('--items <n>', 'items of the made-up tenant', itemsOf, ITEMS)
  .option('--remove <prefix>', 'only remove resources that an earlier run has left', prefixOf);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { region, items, dryRun: isDry, remove } = Options.parse(command.parse().opts());
const prefix = remove ?? newPrefix();
if (isDry) await dryRun(prefix, say);
else if (region === undefined)
  command.error('--region is missing. Nothing was deployed. To see the plan: --dry-run.');
else if (!(await run({ prefix, region, items, removeOnly: remove !== undefined, say }))) process.exitCode = 1;
