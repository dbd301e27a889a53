import type { Units } from '../migration.ts';
import type { MigrationId, SegmentNumber } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Pass } from './segments-port.ts';

/**
 * Runs one try of a pass over a segment. The units of a failed try are recorded like those of a successful one, because
 * they are billed. A successful try records its units with its result.
 * @param used returns the units that the try has not recorded.
 */
export const countUnitsOnFailure = async <T>(
  { segments, log }: Pick<Ports, 'segments' | 'log'>,
  {
    migrationId,
    number,
    pass,
  }: { readonly migrationId: MigrationId; readonly number: SegmentNumber; readonly pass: Pass },
  used: () => Units | Promise<Units>,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    try {
      const units = await used();
      if (units.read + units.write > 0) await segments.record(migrationId, number, {}, pass, units);
    } catch (unrecorded) {
      const name = unrecorded instanceof Error ? unrecorded.name : 'unknown';
      log.warn({ migrationId, segment: number, pass, error: name }, 'units of a failed try not recorded');
    }
    throw error;
  }
};
