import { type Body, bodyOf, isDone, type Rule, recordIn, tableIn, textIn } from '../call.ts';
import { askingForUnits, consumedByIndex, consumedUnits, withUnitsAsAsked } from './consumed.ts';
import { queriedPosition } from './queried-partition.ts';
import type { TableDesign } from './table-design.ts';
import type { TableDesigns } from './table-designs.ts';
import { throttled } from './throttled.ts';
import { type ReadPosition, slotOf, type Throughput } from './throughput.ts';
import { itemFromWire } from './wire-item.ts';

/**
 * Limits reads. A read uses units for the items before any filter, in steps of 4 KB per page, half if eventually consistent;
 * the engine counts them. A partition serves a page if it has any units. [DynamoDB read and write operations; Query, Scan]
 */
export const limitedReads =
  (designs: TableDesigns, throughput: Throughput): Rule =>
  async (call, send) => {
    const { operation, body } = call;
    if (!['GetItem', 'Query', 'Scan'].includes(operation)) return send(call);
    const design = await designs.of(tableIn(body), send);
    const place = design && placeRead(operation, body, design);
    if (!place) return send(call);
    const throttle = throughput.refuseRead(place);
    if (throttle) throw throttled(throttle);
    const answer = await send({ operation, body: askingForUnits(body) });
    if (!isDone(answer)) return answer;
    const consumed = recordIn(bodyOf(answer), 'ConsumedCapacity');
    throughput.takeRead(place, unitsAt(place, consumed));
    return withUnitsAsAsked(answer, body);
  };

const placeRead = (operation: string, body: Body, design: TableDesign): ReadPosition | undefined => {
  if (operation === 'GetItem') return slotOf(design, itemFromWire(recordIn(body, 'Key')));
  if (operation === 'Query') return queriedPosition(body, design);
  // a scan reads one partition after another, so each of its segments is charged to a place of its own
  const value = `scan ${String(body.Segment ?? 0)}`;
  return { design, index: textIn(body, 'IndexName'), value, position: '' };
};

/** Returns the units used at a place. A global index has units of its own. [Global secondary indexes: read units] */
const unitsAt = ({ index }: ReadPosition, consumed: Body): number =>
  index === undefined ? consumedUnits(consumed) : consumedByIndex(consumed, index);
