import { type Answer, answerOf, type Body, bodyOf, isDone, recordIn } from '../call.ts';

/** Returns the units of a table and its local indexes, without those of its global indexes. */
export const consumedUnits = (consumed: Body): number => {
  const globals = recordIn(consumed, 'GlobalSecondaryIndexes');
  const ofGlobals = Object.keys(globals).reduce(
    (sum, name) => sum + capacityUnits(recordIn(globals, name)),
    0,
  );
  return capacityUnits(consumed) - ofGlobals;
};

/** Returns the units of one global index. */
export const consumedByIndex = (consumed: Body, index: string): number =>
  capacityUnits(recordIn(recordIn(consumed, 'GlobalSecondaryIndexes'), index));

const capacityUnits = ({ CapacityUnits }: Body): number =>
  typeof CapacityUnits === 'number' ? CapacityUnits : 0;

/** Makes a request return its units, whether or not the client asked for them. */
export const askingForUnits = (body: Body): Body => ({ ...body, ReturnConsumedCapacity: 'INDEXES' });

/** Removes the units that the client's request did not ask for. [ReturnConsumedCapacity] */
export const withUnitsAsAsked = (answer: Answer, { ReturnConsumedCapacity: asked }: Body): Answer => {
  if (asked === 'INDEXES' || !isDone(answer)) return answer;
  const { ConsumedCapacity: consumed, ...body } = bodyOf(answer);
  if (asked !== 'TOTAL' || consumed === undefined) return answerOf(body);
  return answerOf({
    ...body,
    ConsumedCapacity: Array.isArray(consumed) ? consumed.map(total) : total(consumed),
  });
};

const total = (consumed: unknown): unknown => {
  const { TableName, CapacityUnits, ReadCapacityUnits, WriteCapacityUnits } = recordIn(
    { consumed },
    'consumed',
  );
  return { TableName, CapacityUnits, ReadCapacityUnits, WriteCapacityUnits };
};
