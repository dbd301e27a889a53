import type { Item } from '../../../../../functions/migration/items/items.ts';
import { type Body, type Rule, recordIn, recordsIn, type Send, tableIn } from '../call.ts';
import { ServiceException } from '../service-exception.ts';
import { oldItems, wireKey } from './old-items.ts';
import type { TableDesign } from './table-design.ts';
import type { TableDesigns } from './table-designs.ts';
import { type Throttle, throttledPart } from './throttled.ts';
import { keyOf, slotOf, type Throughput } from './throughput.ts';
import { readUnitsOf, TRANSACTION_FACTOR } from './units.ts';
import { itemFromWire } from './wire-item.ts';

interface PlannedAction {
  /** `Get`, `Put`, `Update`, `Delete` or `ConditionCheck`. */
  readonly kind: string;
  readonly design: TableDesign;
  readonly put: Body | undefined;
  readonly key: Item;
  readonly before: Item | undefined;
}

/**
 * Limits transactions. They use twice the units, and are cancelled as a whole if one partition has none left. The units of
 * their other actions are used all the same. [Amazon DynamoDB Transactions: capacity management; TransactionCanceledException]
 */
export const limitedTransactions = (designs: TableDesigns, throughput: Throughput): Rule => {
  /** Reads the items of all actions on a table at once. */
  const planActions = async (
    actions: readonly Body[],
    send: Send,
  ): Promise<(PlannedAction | undefined)[]> => {
    const planned = await Promise.all(
      actions.map(async (one) => {
        const [kind = ''] = Object.keys(one);
        const action = recordIn(one, kind);
        const design = await designs.of(tableIn(action), send);
        if (!design) return undefined;
        const put = kind === 'Put' ? recordIn(action, 'Item') : undefined;
        const wire = put ? wireKey(design, put) : recordIn(action, 'Key');
        return { kind, design, put, wire, key: keyOf(design, itemFromWire(wire)) };
      }),
    );
    const known = planned.filter((one) => one !== undefined);
    const read = new Map<TableDesign, Awaited<ReturnType<typeof oldItems>>>();
    for (const design of new Set(known.map((one) => one.design))) {
      const wires = known.filter((one) => one.design === design).map(({ wire }) => wire);
      read.set(design, await oldItems(design, wires, send));
    }
    return planned.map((one) => one && { ...one, before: read.get(one.design)?.(one.key) });
  };
  const refuse = ({ kind, design, put, key, before }: PlannedAction): Throttle | undefined => {
    if (kind === 'Get') {
      const place = slotOf(design, key);
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
    const throttles = (await planActions(recordsIn(body, 'TransactItems'), send)).map(
      (one) => one && refuse(one),
    );
    if (throttles.every((throttle) => throttle === undefined)) return send(call);
    const reasons = throttles.map((throttle) => (throttle ? throttledPart(throttle) : { Code: 'None' }));
    const codes = reasons.map(({ Code }) => Code).join(', ');
    throw new ServiceException(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      { CancellationReasons: reasons },
    );
  };
};
