import { type Body, type Rule, recordIn, recordsIn, type Send, tableIn } from '../call.ts';
import { Refusal } from '../refusal.ts';
import { oldItems, wireKey } from './old-items.ts';
import type { TableDesigns } from './table-designs.ts';
import { type Throttle, throttledPart } from './throttled.ts';
import { keyOf, placeOf, type Throughput } from './throughput.ts';
import { readUnitsOf, TRANSACTION_FACTOR } from './units.ts';
import { itemFromWire } from './wire-item.ts';

/**
 * Transactions take twice the units, and are cancelled as a whole if one partition has none left; what was taken for their
 * other actions stays taken. [Amazon DynamoDB Transactions: capacity management; TransactionCanceledException]
 */
export const limitedTransactions = (designs: TableDesigns, throughput: Throughput): Rule => {
  const refuse = async (kind: string, action: Body, send: Send): Promise<Throttle | undefined> => {
    const design = await designs.of(tableIn(action), send);
    if (!design) return undefined;
    const put = kind === 'Put' ? recordIn(action, 'Item') : undefined;
    const wire = put ? wireKey(design, put) : recordIn(action, 'Key');
    const key = keyOf(design, itemFromWire(wire));
    const before = (await oldItems(design, [wire], send))(key);
    if (kind === 'Get') {
      const place = placeOf(design, key);
      const throttle = throughput.refuseRead(place);
      if (!throttle) throughput.takeRead(place, readUnitsOf(before, true) * TRANSACTION_FACTOR);
      return throttle;
    }
    const after = put ? itemFromWire(put) : kind === 'Delete' ? undefined : before;
    return throughput.refuseWrite({ design, key, before, after }, TRANSACTION_FACTOR);
  };
  return async (call, send) => {
    const { operation, body } = call;
    if (operation !== 'TransactWriteItems' && operation !== 'TransactGetItems') return send(call);
    const throttles: (Throttle | undefined)[] = [];
    for (const action of recordsIn(body, 'TransactItems')) {
      const [kind = ''] = Object.keys(action);
      throttles.push(await refuse(kind, recordIn(action, kind), send));
    }
    if (throttles.every((throttle) => throttle === undefined)) return send(call);
    const reasons = throttles.map((throttle) => (throttle ? throttledPart(throttle) : { Code: 'None' }));
    const codes = reasons.map(({ Code }) => Code).join(', ');
    throw new Refusal(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      { CancellationReasons: reasons },
    );
  };
};
