import { type Body, bodyOf, isDone, type Rule, recordIn, type Send, tableIn } from '../call.ts';
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
  const update = async (body: Body, write: Write, send: Send) => {
    const answer = await send({ operation: 'UpdateItem', body: askingForUnits(body) });
    if (!isDone(answer)) return answer;
    const units = consumedUnits(recordIn(bodyOf(answer), 'ConsumedCapacity'));
    throughput.takeMore(
      write.design,
      write.key,
      units - writeUnits(write.design, write.before, write.after).table,
    );
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
    return operation === 'UpdateItem' ? update(body, write, send) : send(call);
  };
};

/** An update is taken for one that leaves its item's size; the engine tells the difference afterwards. */
const writeOf = async (operation: string, body: Body, design: TableDesign, send: Send): Promise<Write> => {
  const put = operation === 'PutItem' ? recordIn(body, 'Item') : undefined;
  const key = put ? wireKey(design, put) : recordIn(body, 'Key');
  const parsed = keyOf(design, itemFromWire(key));
  const before = (await oldItems(design, [key], send))(parsed);
  const after = put ? itemFromWire(put) : operation === 'UpdateItem' ? before : undefined;
  return { design, key: parsed, before, after };
};
