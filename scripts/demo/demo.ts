import { formatDuration } from '../../functions/migration/format-duration.ts';
import type { Out } from '../cli/out.ts';
import { formatCount } from '../cli/render/figures.ts';
import { type Stack, startStack } from '../local/stack.ts';
import { createTierTables } from '../local/tier-tables.ts';
import { CHOSEN_ITEMS, CHOSEN_ITEMS_NATIVE } from './districts.ts';
import { type Growth, growTenant } from './growth.ts';
import { heading, type TourResult, tour } from './tour.ts';

export interface DemoOptions {
  /** Items of the chosen district; absent for as many as the engine moves within two minutes. */
  readonly items?: number | undefined;
  readonly engine?: 'dynamodb-local' | 'dynoxide';
  /** True to also let a district grow until it is moved automatically. */
  readonly grow: boolean;
  readonly signal: AbortSignal;
}

export interface DemoResult extends TourResult {
  readonly engine: string;
  readonly growth?: Growth;
}

/**
 * Runs a whole migration on this machine: stack, sample districts, dry run, migration, report, and a check of the
 * tables. Stops everything that it has started, however it ends.
 * @throws Error if the migration does not complete, or the tables are not as they must be after it.
 */
export const runDemo = async (out: Out, options: DemoOptions): Promise<DemoResult> => {
  const startedAt = performance.now();
  heading(out, 'The embedded stack');
  const stack = await startStack({ engine: options.engine });
  try {
    options.signal.throwIfAborted();
    await createTierTables(stack);
    out.say(
      `  DynamoDB (${stack.engine}) and Step Functions, ready in ${formatDuration(performance.now() - startedAt)}`,
    );
    const tourResult = await tour(out, stack, {
      items: options.items ?? itemsFor(out, stack),
      signal: options.signal,
    });
    const growth = options.grow ? await growTenant(out, stack, options) : undefined;
    return { engine: stack.engine, ...tourResult, ...(growth ? { growth } : {}) };
  } catch (error) {
    // an interrupt is the cause of all other errors
    options.signal.throwIfAborted();
    throw error;
  } finally {
    await stack.stop();
    // an interrupt has a message of its own
    if (!options.signal.aborted)
      out.say(['', `The stack was stopped after ${formatDuration(performance.now() - startedAt)}.`]);
  }
};

const itemsFor = (out: Out, { engine }: Stack): number => {
  if (engine !== 'dynoxide') return CHOSEN_ITEMS;
  out.say(
    `  The native engine becomes slower with each item: the district has ${formatCount(CHOSEN_ITEMS_NATIVE)} instead of ${formatCount(CHOSEN_ITEMS)} (change it with --items).`,
  );
  return CHOSEN_ITEMS_NATIVE;
};
