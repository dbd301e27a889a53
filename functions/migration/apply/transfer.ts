import type { Direction, Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { undoRecord } from '../record/undo-record.ts';
import type { Side } from '../route/route.ts';

/** The direction in which items are applied: from the live table to the one that is being filled. */
export interface Transfer {
  readonly from: { readonly side: Side; readonly table: TableName };
  readonly to: { readonly side: Side; readonly table: TableName };
}

/** @throws Conflict if no target was reserved. */
export const transferOf = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
): Promise<Transfer> => {
  const source = { side: 'source' as const, table: migration.source.table };
  const target = { side: 'target' as const, table: (await undoRecord(ports, migration)).table };
  return direction === 'forward' ? { from: source, to: target } : { from: target, to: source };
};
