import * as z from 'zod';

/** [Lambda developer guide, Configuring partial batch response with DynamoDB: no answer is success] */
const Answer = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/** Returns the sequence numbers of the records that the function has reported as failed. @throws z.ZodError */
export const failedItemsOf = (answer: unknown): ReadonlySet<string> =>
  new Set(Answer.parse(answer)?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
