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

/**
 * Limits writes of one item. They use units of its partitions, even if their condition fails. [DynamoDB read and write
 * operations]
 */
export const limitedWrites = (designs: TableDesigns, throughput: Throughput): Rule => {
  /** Charges a failed update the units of the present item, which is read only now, since most updates succeed. */
  const takeUnchanged = async (write: Write, body: Body, send: Send): Promise<void> => {
    const { design, key, before, after } = write;
    const found = (await oldItems(design, [recordIn(body, 'Key')], send))(key);
    const taken = writeUnits(design, before, after).table;
    throughput.correct(write, writeUnits(design, found, found).table - taken);
  };
  const perform = async ({ operation, body }: Call, write: Write, send: Send) => {
    const answer = await send({ operation, body: askingForUnits(body) });
    if (!isDone(answer)) {
      if (!textIn(bodyOf(answer), '__type')?.endsWith('ConditionalCheckFailedException')) return answer;
      if (operation === 'UpdateItem') await takeUnchanged(write, body, send);
      else throughput.refund(write);
      return answer;
    }
    // an update was charged as one of a small item
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

/**
 * Describes a write. The engine reports the units of an update only afterwards, so it is first charged as one of a small
 * item.
 */
const writeOf = async (operation: string, body: Body, design: TableDesign, send: Send): Promise<Write> => {
  const put = operation === 'PutItem' ? recordIn(body, 'Item') : undefined;
  const key = put ? wireKey(design, put) : recordIn(body, 'Key');
  const parsed = keyOf(design, itemFromWire(key));
  if (operation === 'UpdateItem') return { design, key: parsed, before: undefined, after: undefined };
  const before = (await oldItems(design, [key], send))(parsed);
  return { design, key: parsed, before, after: put ? itemFromWire(put) : undefined };
};
