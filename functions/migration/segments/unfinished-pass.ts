import type { Migration, Units } from '../migration.ts';
import type { SegmentNumber } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { UnfinishedPass } from '../segment.ts';
import type { Pass } from './segments-port.ts';

/**
 * Returns where an earlier slice of this attempt has stopped. Findings of another attempt are not used, because an
 * operator or an abandoned rollback may have changed either side in between.
 */
export const unfinishedPass = async (
  { segments }: Pick<Ports, 'segments'>,
  { migrationId, attempt }: Pick<Migration, 'migrationId' | 'attempt'>,
  number: SegmentNumber,
): Promise<UnfinishedPass | undefined> => {
  const found = await segments.unfinished(migrationId, number);
  return found?.attempt === attempt ? found : undefined;
};

/** Saves the units that a pass has used, then its progress. @throws Conflict if the migration has closed */
export const saveUnfinishedPass = async (
  { segments }: Pick<Ports, 'segments'>,
  { migrationId }: Pick<Migration, 'migrationId'>,
  number: SegmentNumber,
  unfinished: UnfinishedPass,
  [pass, units]: readonly [Pass, Units],
): Promise<void> => {
  await segments.record(migrationId, number, {}, pass, units);
  await segments.saveUnfinished(migrationId, number, unfinished);
};
