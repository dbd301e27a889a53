import {
  type Body,
  bodyOf,
  type Call,
  isDone,
  type Rule,
  recordIn,
  type Send,
  tableIn,
  textIn,
} from '../call.ts';
import { askingForUnits, consumedUnits, withUnitsAsAsked } from './consumed.ts';
import { oldItems, wireKey } from './old-items.ts';
import type { TableDesign } from './table-design.ts';
import type { TableDesigns } from './table-designs.ts';
import { throttled } from './throttled.ts';
import { keyOf, type Throughput, type Write } from './throughput.ts';
import { writeUnits } from './units.ts';
import { itemFromWire } from './wire-item.ts';

/** Writes of one item take the units of its partitions, also if their condition fails. [DynamoDB read and write operations] */
export const limitedWrites = (designs: TableDesigns, throughput: Throughput): Rule => {
  const perform = async ({ operation, body }: Call, write: Write, send: Send) => {
    const answer = await send({ operation, body: askingForUnits(body) });
    if (!isDone(answer)) {
      if (textIn(bodyOf(answer), '__type')?.endsWith('ConditionalCheckFailedException'))
        throughput.giveBack(write);
      return answer;
    }
    // an update was taken for one that leaves its item's size
    const units = consumedUnits(recordIn(bodyOf(answer), 'ConsumedCapacity'));
    const taken = writeUnits(write.design, write.before, write.after).table;
    if (operation === 'UpdateItem') throughput.correct(write, Math.max(0, units - taken));
    return withUnitsAsAsked(answer, body);
  };
  return async (call, send) => {
    const { operation, body } = call;
    if (!['PutItem', 'UpdateItem', 'DeleteItem'].includes(operation)) return send(call);
    const design = await designs.of(tableIn(body), send);
    if (!design) return send(call);
    const write = await writeOf(operation, body, design, send);
    const throttle = throughput.refuseWrite(write);
    if (throttle) throw throttled(throttle);
    return perform(call, write, send);
  };
};

/** The outcome of an update is not known before: it is taken for one that leaves its item as it was. */
const writeOf = async (operation: string, body: Body, design: TableDesign, send: Send): Promise<Write> => {
  const put = operation === 'PutItem' ? recordIn(body, 'Item') : undefined;
  const key = put ? wireKey(design, put) : recordIn(body, 'Key');
  const parsed = keyOf(design, itemFromWire(key));
  const before = (await oldItems(design, [key], send))(parsed);
  const after = put ? itemFromWire(put) : operation === 'UpdateItem' ? before : undefined;
  return { design, key: parsed, before, after };
};
