import type { EntityKey, MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Segment } from '../segment.ts';
import { spreadOrder } from './segment-order.ts';

/**
 * Returns the segments so far, in the order in which they are processed. `counted` once the last one has no upper
 * bound.
 */
export const segmentNumbers = async (
  ports: Ports,
  migrationId: MigrationId,
): Promise<{ counted: boolean; segments: number[] }> => {
  const { counted, next } = await countedSoFar(ports, migrationId);
  return { counted, segments: counted ? spreadOrder(next) : [] };
};

export const countedSoFar = async (
  ports: Ports,
  migrationId: MigrationId,
): Promise<{ last?: EntityKey; next: number; counted: boolean }> => {
  let last: Segment | undefined;
  for await (const segment of ports.segments.list(migrationId)) last = segment;
  if (!last) return { next: 0, counted: false };
  const { through } = last.range;
  return {
    next: last.number + 1,
    counted: through === undefined,
    last: through,
  };
};
