import { once } from 'node:events';
import { createLog } from '../../functions/aws/log.ts';
import type { Out } from '../cli/out.ts';
import { counted } from '../cli/render/figures.ts';
import { interruptible } from '../cli/watching/interrupt.ts';
import { seedDemo } from '../demo/seed.ts';
import { seedProgress } from '../demo/seed-progress.ts';
import { type Stack, type StackOptions, startStack } from './stack.ts';
import { createTierTables } from './tier-tables.ts';

export interface LocalOptions
  extends Pick<StackOptions, 'engine' | 'data' | 'dynamodbPort' | 'stepFunctionsPort' | 'settings'> {
  readonly seed: 'none' | 'demo';
  /** What of the log is written, to standard error. */
  readonly level: 'info' | 'warn' | 'silent';
}

/** Runs the embedded stack until SIGINT or SIGTERM, and stops all that it started. */
export const runLocal = (out: Out, { seed, level, ...options }: LocalOptions): Promise<void> =>
  interruptible('stopping', async (signal) => {
    const stack = await startStack({ ...options, log: createLog(level) });
    try {
      await createTierTables(stack);
      if (seed === 'demo') await seedOnce(out, stack, signal);
      tell(out, stack);
      if (!signal.aborted) await once(signal, 'abort');
    } catch (error) {
      // being told to stop is how it is meant to end
      if (!signal.aborted) throw error;
    } finally {
      await stack.stop();
      out.say('Stopped.');
    }
  });

/** Data that was kept from an earlier start is left as it is. */
const seedOnce = async (out: Out, stack: Stack, signal: AbortSignal): Promise<void> => {
  for await (const _ of stack.ports.registry.tenants()) {
    out.say('There are tenants already: nothing was seeded.');
    return;
  }
  const progress = seedProgress(out);
  try {
    const { tenants, items } = await seedDemo(stack, { signal, onProgress: progress.on });
    progress.stop();
    out.say(`Seeded ${counted(tenants.length, 'district')} with ${counted(items, 'item')}.`);
  } finally {
    progress.stop();
  }
};

const tell = (out: Out, { engine, notices, endpoints, env }: Stack): void => {
  for (const notice of notices) process.stderr.write(`${notice}\n`);
  out.result({ ready: true, engine, endpoints, env }, () => [
    `DynamoDB (${engine}) at ${endpoints.dynamodb}, Step Functions at ${endpoints.stepFunctions}.`,
    '',
    'In another terminal, for tierferry and any AWS SDK or the aws CLI:',
    ...Object.entries(env).map(([name, value]) => `  export ${name}='${value}'`),
    '',
    'Ctrl-C stops it.',
  ]);
};
