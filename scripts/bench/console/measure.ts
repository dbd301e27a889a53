/**
 * `npm run bench:console`: measures the console on the embedded stack and in Chromium: its list of tenants, how soon changes
 * appear, and the page's long tasks. Each figure stands beside its limit; the times depend on the machine.
 */
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { readPage } from '../../../functions/console/api/page-files.ts';
import type { TierName } from '../../../functions/migration/names.ts';
import { sharedTableName } from '../../../functions/migration/settings/settings.ts';
import type { EngineName } from '../../local/engines/program.ts';
import { startBenchWorld } from './bench-world.ts';
import { measureLists } from './list-times.ts';
import { measureLive } from './live-times.ts';
import { measureTasks } from './long-tasks.ts';
import { machine, report, say } from './output.ts';
import { startBrowser } from './start-browser.ts';

const DIST = fileURLToPath(new URL('../../../dist/console', import.meta.url));
const PARTS = ['lists', 'live', 'tasks'] as const;

interface Options {
  readonly tenants: number;
  readonly requests: number;
  readonly changes: number;
  readonly cuts: number;
  readonly segments: number;
  readonly events: number;
  readonly only?: (typeof PARTS)[number];
  readonly engine: EngineName;
}

const HELP = `
What is measured, with its limit:
  lists  a page of 50 tenants through the API, for each filter and order: 95th percentile at most 150 ms, at most 25
         read units
  live   a change is on the screen within 1 s (95th percentile), from the call that makes it until its frame is drawn;
         the page is live again within 3 s after its connections were cut (95th percentile)
  tasks  longest task, and longest script of the page, while it draws, scrolls and follows a large migration whose
         application is idle: no script over 100 ms

Example: npm run bench:console -- --only live --changes 20 --cuts 10`;

const main = async (): Promise<void> => {
  const options = new Command()
    .name('bench:console')
    .description(
      'Measures the console: its list of tenants, how soon changes appear, and long tasks of the page.',
    )
    .option('--tenants <n>', 'tenants of the list', Number, 10_000)
    .option('--requests <n>', 'requests for each filter and order', Number, 100)
    .option('--changes <n>', 'changes that are awaited on the screen', Number, 60)
    .option('--cuts <n>', "cuts of the page's connections", Number, 30)
    .option('--segments <n>', 'segments of the large migration', Number, 1_000)
    .option('--events <n>', 'events of the large migration', Number, 5_000)
    .addOption(new Option('--only <part>', 'one part').choices(PARTS))
    .option('--engine <name>', 'dynamodb-local or dynoxide', 'dynamodb-local')
    .addHelpText('after', HELP)
    .parse()
    .opts<Options>();
  const { only, tenants, segments, events, engine, requests, changes, cuts } = options;
  const measures = (part: (typeof PARTS)[number]): boolean => only === undefined || only === part;
  const pageFiles = readPage(DIST);
  if (!pageFiles) throw new Error('the page is not built. Build it: npm run build:console');
  const browser = await startBrowser();
  const world = await startBenchWorld({
    ...{ engine, tenants },
    ...(measures('tasks') ? { segments, events } : { segments: 1, events: 0 }),
  });
  try {
    say(`${tenants} tenants, ${engine}, Chromium ${browser.version()}, ${machine()}`, '');
    const { settings } = world.stack.ports;
    const table = sharedTableName(settings, 'basic' as TierName, 1);
    if (measures('lists')) await measureLists(world.stack, { requests, table });
    if (measures('live')) await measureLive(browser, world, { changes, cuts, pageFiles });
    if (measures('tasks')) await measureTasks(browser, world, pageFiles);
    report(`at the end: ${machine()}`);
  } finally {
    await browser.close();
    await world.stop();
  }
};

await main();
