import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';

/** True if the source's table is dropped as a whole: it was dedicated to this tenant and not adopted. */
export const dropsSourceTable = async (
  { registry }: Pick<Ports, 'registry'>,
  { source }: Pick<Migration, 'source'>,
): Promise<boolean> =>
  source.placement === 'dedicated' && (await registry.table(source.table))?.isAdopted !== true;
