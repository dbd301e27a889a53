import * as z from 'zod';
import type { LocalFunction } from '../invoke.ts';
import { tableOf } from './stream-event.ts';

/** All records of a batch are of one table, so the first one names it. */
const Batch = z.object({ Records: z.tuple([z.object({ eventSourceARN: z.string() })]).rest(z.unknown()) });

/** Returns a function that passes the batches of some tables to functions of their own. */
export const batchesByTable =
  (others: LocalFunction, own: Readonly<Record<string, LocalFunction>>): LocalFunction =>
  (event, context) => {
    const table = tableOf(Batch.parse(event).Records[0].eventSourceARN);
    return (own[table] ?? others)(event, context);
  };
