import {
  answerOf,
  type Body,
  bodyOf,
  isDone,
  isRecord,
  type Rule,
  recordIn,
  recordsIn,
  tableNamed,
} from '../call.ts';
import { askingForUnits, consumedUnits, withUnitsAsAsked } from './consumed.ts';
import type { TableDesigns } from './table-designs.ts';
import { type Throttle, throttled } from './throttled.ts';
import { type ReadPosition, slotOf, type Throughput } from './throughput.ts';
import { itemFromWire } from './wire-item.ts';

/**
 * Limits batches of reads. A batch returns the items for which partitions have units, and the other keys as
 * `UnprocessedKeys`. It fails only if it can read no item. [BatchGetItem]
 */
export const limitedBatchReads =
  (designs: TableDesigns, throughput: Throughput): Rule =>
  async (call, send) => {
    const { operation, body } = call;
    if (operation !== 'BatchGetItem') return send(call);
    const given = recordIn(body, 'RequestItems');
    const taken: Record<string, Body> = {};
    const left: Record<string, Body> = {};
    const places = new Map<string, ReadPosition[]>();
    let throttle: Throttle | undefined;
    for (const table of Object.keys(given)) {
      const request = recordIn(given, table);
      const design = await designs.of(tableNamed(table), send);
      if (!design) return send(call);
      const divided = { taken: [] as Body[], left: [] as Body[] };
      for (const key of recordsIn(request, 'Keys')) {
        const place = slotOf(design, itemFromWire(key));
        const refused = throughput.refuseRead(place);
        throttle ??= refused;
        (refused ? divided.left : divided.taken).push(key);
        if (!refused) places.set(design.table, [...(places.get(design.table) ?? []), place]);
      }
      if (divided.taken.length > 0) taken[table] = { ...request, Keys: divided.taken };
      if (divided.left.length > 0) left[table] = { ...request, Keys: divided.left };
    }
    if (throttle && Object.keys(taken).length === 0) throw throttled(throttle);
    const answer = await send({ operation, body: askingForUnits({ ...body, RequestItems: taken }) });
    if (!isDone(answer)) return answer;
    const done = bodyOf(answer);
    takeUnits(throughput, places, done);
    const UnprocessedKeys = joined(recordIn(done, 'UnprocessedKeys'), left);
    return withUnitsAsAsked(answerOf({ ...done, UnprocessedKeys }), body);
  };

/** Takes the units of a batch. The engine reports the sum for each table, of which each key is charged an equal share. */
const takeUnits = (
  throughput: Throughput,
  places: ReadonlyMap<string, readonly ReadPosition[]>,
  done: Body,
): void => {
  const consumed = Array.isArray(done.ConsumedCapacity) ? done.ConsumedCapacity.filter(isRecord) : [];
  for (const one of consumed) {
    const read = places.get(tableNamed(String(one.TableName))) ?? [];
    for (const place of read) throughput.takeRead(place, consumedUnits(one) / read.length);
  }
};

const joined = (unprocessed: Body, left: Readonly<Record<string, Body>>): Body => ({
  ...unprocessed,
  ...Object.fromEntries(
    Object.entries(left).map(([table, request]) => [
      table,
      {
        ...request,
        Keys: [...recordsIn(recordIn(unprocessed, table), 'Keys'), ...recordsIn(request, 'Keys')],
      },
    ]),
  ),
});
