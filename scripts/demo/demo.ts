import type { Out } from '../cli/out.ts';
import { count, duration } from '../cli/render/figures.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { createTierTables } from '../local/tier-tables.ts';
import { CHOSEN_ITEMS, CHOSEN_ITEMS_NATIVE } from './districts.ts';
import { type Growth, grow } from './growth.ts';
import { heading, type TourResult, tour } from './tour.ts';

export interface DemoOptions {
  /** Items of the chosen district; absent for as many as the engine moves within two minutes. */
  readonly items?: number | undefined;
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
    const toured = await tour(out, stack, {
      items: options.items ?? itemsFor(out, stack),
      signal: options.signal,
    });
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

const itemsFor = (out: Out, { engine }: Stack): number => {
  if (engine !== 'dynoxide') return CHOSEN_ITEMS;
  out.say(
    `  The native engine slows down with the number of items: the district has ${count(CHOSEN_ITEMS_NATIVE)} instead of ${count(CHOSEN_ITEMS)} (--items changes that).`,
  );
  return CHOSEN_ITEMS_NATIVE;
};
