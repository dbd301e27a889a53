import type { Direction, Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import type { Side } from '../routing/route.ts';

/** The direction in which items are applied: from the live table to the one that is being filled. */
export interface Way {
  readonly from: { readonly side: Side; readonly table: TableName };
  readonly to: { readonly side: Side; readonly table: TableName };
}

export type { Direction } from '../migration.ts';

/** @throws Conflict if no target was reserved. */
export const wayOf = async (ports: Ports, migration: Migration, direction: Direction): Promise<Way> => {
  const source = { side: 'source' as const, table: migration.source.table };
  const target = { side: 'target' as const, table: (await cleanUpRecord(ports, migration)).table };
  return direction === 'forth' ? { from: source, to: target } : { from: target, to: source };
};
