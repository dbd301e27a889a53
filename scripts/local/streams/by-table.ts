import * as z from 'zod';
import type { LocalFunction } from '../invoke.ts';
import { tableOf } from './stream-event.ts';

/** A batch is of one table, so its first record tells. */
const Batch = z.object({ Records: z.tuple([z.object({ eventSourceARN: z.string() })]).rest(z.unknown()) });

/** Hands the batches of some tables to functions of their own. */
export const byTable =
  (others: LocalFunction, own: Readonly<Record<string, LocalFunction>>): LocalFunction =>
  (event, context) => {
    const table = tableOf(Batch.parse(event).Records[0].eventSourceARN);
    return (own[table] ?? others)(event, context);
  };
