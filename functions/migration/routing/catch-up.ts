import { applyJournal } from '../apply/apply-journal.ts';
import type { Direction } from '../apply/way.ts';
import { operatorWaitSeconds } from '../controls.ts';
import type { Migration } from '../migration.ts';
import type { Ports, Slice } from '../ports.ts';
import { openAgain } from './fence.ts';

/**
 * Applies until little is left and nobody holds the cutover; while it is held, changes are applied all the while. A fence
 * that an earlier try left is opened first: nothing is applied under it but by the cutover itself.
 */
export const catchUp = async (
  ports: Ports,
  migration: Migration,
  direction: Direction,
  slice: Slice,
): Promise<{ ready: boolean; waitSeconds: number }> => {
  const isOpen = direction === 'back' || migration.status !== 'cuttingOver';
  if (!isOpen) await openAgain(ports, migration, direction);
  const now = isOpen ? migration : ((await ports.migrations.get(migration.migrationId)) ?? migration);
  const applied = await applyJournal(ports, now, direction, slice);
  if (!applied.ready || direction === 'back' || !now.cutoverHeld) return applied;
  return { ready: false, waitSeconds: operatorWaitSeconds(ports, now) };
};
