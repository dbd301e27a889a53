import { once } from 'node:events';
import { createLog } from '../../functions/aws/log.ts';
import type { Log } from '../../functions/migration/log-port.ts';
import { currentUser } from '../cli/current-user.ts';
import type { Out } from '../cli/out.ts';
import { formatCounted } from '../cli/render/figures.ts';
import { renderLogLine } from '../cli/render/render-log-line.ts';
import { interruptible } from '../cli/watching/interrupt.ts';
import { builtPage, PAGE_MISSING } from '../console/built-page.ts';
import { withConsoleHold } from '../console/console-hold.ts';
import { type ConsoleServer, serveConsole } from '../console/serve-console.ts';
import { seedDemo } from '../demo/seed.ts';
import { type SeedProgress, seedProgress } from '../demo/seed-progress.ts';
import { runCommand } from './run-command.ts';
import { recordStack } from './running-stack.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';
import { createTierTables } from './tier-tables.ts';

export interface LocalOptions
  extends Pick<
    StackOptions,
    'engine' | 'data' | 'dynamodbPort' | 'stepFunctionsPort' | 'settings' | 'strict'
  > {
  readonly seed: 'none' | 'demo';
  /** Lowest level of the log lines that are written to standard error. */
  readonly level: 'info' | 'warn' | 'silent';
  readonly logFormat: 'words' | 'json';
  /** Port of the console; absent or 0 for a free one. The console is served only if no command is run. */
  readonly consolePort?: number | undefined;
  /** Program to run in the stack's environment, with its arguments; absent to run until Ctrl-C. */
  readonly command?: readonly string[] | undefined;
}

/**
 * Runs the embedded stack until SIGINT or SIGTERM, or until the command has ended. Then stops everything that it has started.
 * @returns the command's exit code; 0 if there is none.
 */
export const runLocal = (
  out: Out,
  { seed, level, logFormat, consolePort, command, ...options }: LocalOptions,
): Promise<number> =>
  interruptible('stopping', async (signal) => {
    const progress = seedProgress(out);
    const { promise: diskFull, reject: onDiskFull } = Promise.withResolvers<never>();
    // it may reject before anything awaits it, while the stack starts
    diskFull.catch(() => undefined);
    const stack = await startStack({
      ...options,
      onDiskFull,
      log: createLogWriter(progress, level, logFormat),
    });
    let removeStackRecord = async () => {};
    let stopConsole = async () => {};
    try {
      await createTierTables(stack);
      if (seed === 'demo') await seedOnce(out, stack, progress, signal);
      removeStackRecord = await recordStack(process.cwd(), stack.env);
      for (const warning of stack.warnings) process.stderr.write(`${warning}\n`);
      if (command) return await Promise.race([runCommand(command, stack.env), diskFull]);
      const subject = { name: currentUser(), role: 'admin', verified: false } as const;
      const page = builtPage();
      const ports = withConsoleHold(stack.ports, options.settings);
      const consoleServer = await serveConsole({ ports, subject, port: consolePort, page });
      stopConsole = consoleServer.stop;
      printReady(out, stack, consoleServer, page !== undefined);
      if (!signal.aborted) await Promise.race([once(signal, 'abort'), diskFull]);
    } catch (error) {
      // an abort is the normal end
      if (!signal.aborted) throw error;
    } finally {
      await removeStackRecord();
      await stopConsole();
      await stack.stop();
      out.say('Stopped.');
    }
    return 0;
  });

/** Creates the log. As text it is printed above the progress bar; as JSON it goes to standard error. */
const createLogWriter = (
  progress: SeedProgress,
  level: LocalOptions['level'],
  format: LocalOptions['logFormat'],
): Log =>
  format === 'json'
    ? createLog(level)
    : createLog(level, (line) => {
        const words = renderLogLine(line);
        if (!progress.say(words)) process.stderr.write(`${words}\n`);
      });

/** Seeds the demo's districts, unless the data already contains tenants. */
const seedOnce = async (
  out: Out,
  stack: Stack,
  progress: SeedProgress,
  signal: AbortSignal,
): Promise<void> => {
  for await (const _ of stack.ports.registry.tenants()) {
    out.say('The data folder already contains tenants; nothing was seeded.');
    return;
  }
  try {
    const { tenants, items } = await seedDemo(stack, { signal, onProgress: progress.on });
    progress.stop();
    out.say(`Seeded ${formatCounted(tenants.length, 'district')} with ${formatCounted(items, 'item')}.`);
  } finally {
    progress.stop();
  }
};

const printReady = (
  out: Out,
  { engine, endpoints, env }: Stack,
  { url }: ConsoleServer,
  hasPage: boolean,
): void =>
  out.result('local-stack', { ready: true, engine, endpoints, console: { url }, env }, () => [
    `DynamoDB (${engine}) at ${endpoints.dynamodb}, Step Functions at ${endpoints.stepFunctions}.`,
    `The ops console at ${url}`,
    ...(hasPage ? [] : [PAGE_MISSING]),
    '',
    "Commands of tierferry find it from another terminal in this folder, e.g. 'npx tierferry tenant list'.",
    'For the aws CLI and any AWS SDK:',
    '  eval "$(npx tierferry local env)"',
    '',
    'Ctrl-C stops it.',
  ]);
