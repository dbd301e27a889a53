import {
  answerOf,
  type Body,
  bodyOf,
  isDone,
  type Rule,
  recordIn,
  recordsIn,
  type Send,
  tableNamed,
} from '../call.ts';
import { oldItems, wireKey } from './old-items.ts';
import type { TableDesigns } from './table-designs.ts';
import { type Throttle, throttled } from './throttled.ts';
import { keyOf, type Throughput } from './throughput.ts';
import { itemFromWire } from './wire-item.ts';

type Requests = Readonly<Record<string, readonly Body[]>>;

/**
 * Limits batches of writes. A batch makes the writes for which partitions have units, and returns the others as
 * `UnprocessedItems`. It fails only if it can make no write. [BatchWriteItem]
 */
export const limitedBatchWrites = (designs: TableDesigns, throughput: Throughput): Rule => {
  const divide = async (table: string, requests: readonly Body[], send: Send) => {
    const design = await designs.of(tableNamed(table), send);
    if (!design) return { taken: requests, left: [], throttle: undefined };
    const keyIn = (request: Body): Body =>
      request.PutRequest === undefined
        ? recordIn(recordIn(request, 'DeleteRequest'), 'Key')
        : wireKey(design, recordIn(recordIn(request, 'PutRequest'), 'Item'));
    const before = await oldItems(design, requests.map(keyIn), send);
    const taken: Body[] = [];
    const left: Body[] = [];
    let throttle: Throttle | undefined;
    for (const request of requests) {
      const key = keyOf(design, itemFromWire(keyIn(request)));
      const after =
        request.PutRequest === undefined
          ? undefined
          : itemFromWire(recordIn(recordIn(request, 'PutRequest'), 'Item'));
      const refused = throughput.refuseWrite({ design, key, before: before(key), after });
      throttle ??= refused;
      (refused ? left : taken).push(request);
    }
    return { taken, left, throttle };
  };
  return async (call, send) => {
    const { operation, body } = call;
    if (operation !== 'BatchWriteItem') return send(call);
    const given = recordIn(body, 'RequestItems');
    const taken: Record<string, readonly Body[]> = {};
    const left: Record<string, readonly Body[]> = {};
    let throttle: Throttle | undefined;
    for (const table of Object.keys(given)) {
      const divided = await divide(table, recordsIn(given, table), send);
      if (divided.taken.length > 0) taken[table] = divided.taken;
      if (divided.left.length > 0) left[table] = divided.left;
      throttle ??= divided.throttle;
    }
    if (!throttle) return send(call);
    if (Object.keys(taken).length === 0) throw throttled(throttle);
    const answer = await send({ operation, body: { ...body, RequestItems: taken } });
    if (!isDone(answer)) return answer;
    const done = bodyOf(answer);
    return answerOf({ ...done, UnprocessedItems: joined(recordIn(done, 'UnprocessedItems'), left) });
  };
};

const joined = (unprocessed: Body, left: Requests): Requests =>
  Object.fromEntries(
    [...new Set([...Object.keys(unprocessed), ...Object.keys(left)])].map((table) => [
      table,
      [...recordsIn(unprocessed, table), ...(left[table] ?? [])],
    ]),
  );
