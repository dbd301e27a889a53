import type { Out } from '../cli/out.ts';
import { duration } from '../cli/render/figures.ts';
import { startStack } from '../local/stack.ts';
import { createTierTables } from '../local/tier-tables.ts';
import { type Growth, grow } from './growth.ts';
import { heading, type TourResult, tour } from './tour.ts';

export interface DemoOptions {
  /** Items of the chosen district. */
  readonly items: number;
  readonly engine?: 'dynamodb-local' | 'dynoxide';
  /** Whether the second act is played. */
  readonly grow: boolean;
  readonly signal: AbortSignal;
}

export interface DemoResult extends TourResult {
  readonly engine: string;
  readonly growth?: Growth;
}

/**
 * The main job from nothing to its end on this machine: stack, districts, dry run, migration, report, and a look at
 * the tables. Everything that it starts is stopped, however it ends.
 * @throws Error where the migration does not complete or the tables are not as they must be after it.
 */
export const runDemo = async (out: Out, options: DemoOptions): Promise<DemoResult> => {
  const startedAt = performance.now();
  heading(out, 'The embedded stack');
  const stack = await startStack({ engine: options.engine });
  try {
    options.signal.throwIfAborted();
    await createTierTables(stack);
    out.say(
      `  DynamoDB (${stack.engine}) and Step Functions, ready in ${duration(performance.now() - startedAt)}`,
    );
    const toured = await tour(out, stack, options);
    const growth = options.grow ? await grow(out, stack, options) : undefined;
    return { engine: stack.engine, ...toured, ...(growth ? { growth } : {}) };
  } catch (error) {
    // what fails because the stack goes down under it is not the reason
    options.signal.throwIfAborted();
    throw error;
  } finally {
    await stack.stop();
    out.say('');
    out.say(`Everything was stopped after ${duration(performance.now() - startedAt)}.`);
  }
};
