import type { Direction, Migration } from '../migration.ts';
import type { TableName } from '../names.ts';
import type { Ports } from '../ports.ts';
import { cleanUpRecord } from '../provision/create-target-table.ts';
import type { Side } from '../routing/route.ts';

/** Which way a tenant's items go: from the live table to the one that is being filled. */
export interface Way {
  readonly from: { readonly side: Side; readonly table: TableName };
  readonly to: { readonly side: Side; readonly table: TableName };
}

export type { Direction } from '../migration.ts';

/** @throws Conflict where no target was reserved. */
export const wayOf = async (ports: Ports, migration: Migration, direction: Direction): Promise<Way> => {
  const source = { side: 'source' as const, table: migration.source.table };
  const target = { side: 'target' as const, table: (await cleanUpRecord(ports, migration)).table };
  return direction === 'forth' ? { from: source, to: target } : { from: target, to: source };
};
