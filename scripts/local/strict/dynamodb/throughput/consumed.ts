import { type Answer, answerOf, type Body, bodyOf, isDone, recordIn } from '../call.ts';

/** Units of a table and its local indexes in an answer, without those of its global indexes. */
export const consumedUnits = (consumed: Body): number => {
  const globals = recordIn(consumed, 'GlobalSecondaryIndexes');
  const ofGlobals = Object.keys(globals).reduce(
    (sum, name) => sum + capacityUnits(recordIn(globals, name)),
    0,
  );
  return capacityUnits(consumed) - ofGlobals;
};

/** Units of one global index in an answer. */
export const consumedByIndex = (consumed: Body, index: string): number =>
  capacityUnits(recordIn(recordIn(consumed, 'GlobalSecondaryIndexes'), index));

const capacityUnits = ({ CapacityUnits }: Body): number =>
  typeof CapacityUnits === 'number' ? CapacityUnits : 0;

/** Asks the engine for units whatever the client asks for. */
export const askingForUnits = (body: Body): Body => ({ ...body, ReturnConsumedCapacity: 'INDEXES' });

/** An answer that contains units as far as its request asked for them. [ReturnConsumedCapacity] */
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
