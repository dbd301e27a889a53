import { underApplierClaim } from '../apply/under-applier-claim.ts';
import type { Way } from '../apply/way.ts';
import type { Direction, LiveComparison, Migration } from '../migration.ts';
import { segmentNumbers } from '../plan/count-partition.ts';
import type { Ports } from '../ports.ts';

/** The migration, and the segments that must be compared before its cutover may begin. */
export interface ComparisonDue {
  readonly migration: Migration;
  /** Segments to compare now; empty if no comparison is due. */
  readonly segments: number[];
}

/**
 * Returns the segments that must be compared, while the application writes, before a cutover in this direction may begin.
 * A comparison of all keys is due before the first cutover in each direction, after each gap in the journal, and if more
 * keys were touched than a cutover compares under the fence. Ends the comparison under way once all segments are compared.
 * @throws ApplierClaimed
 * @throws Conflict if the migration has moved on
 */
export const comparisonDue = async (
  ports: Ports,
  before: Migration,
  way: Way,
  direction: Direction,
): Promise<ComparisonDue> => {
  const open = await openSegments(ports, before, direction);
  if (open.length > 0) return { migration: before, segments: open };
  const migration = await end(ports, before, way, direction);
  const why = await whyDue(ports, migration, way, direction);
  if (why === undefined) return { migration, segments: [] };
  const begun = await begin(ports, migration, way, { direction, why });
  return { migration: begun, segments: await openSegments(ports, begun, direction) };
};

/** True if a comparison of all keys in this direction has ended, and the journal has had no gap since. */
export const isCompared = ({ comparison, gap }: Migration, direction: Direction): boolean =>
  gap === undefined && comparison?.direction === direction && comparison.ended !== undefined;

/** Returns the first comparison round whose touched keys must be compared under the fence in this direction. */
export const touchedFrom = ({ comparison }: Migration, direction: Direction): number =>
  (comparison?.direction === direction ? comparison.ended : undefined) ?? 0;

/** Returns the segments that the comparison under way has not compared yet, in the order in which they are handed out. */
const openSegments = async (
  ports: Ports,
  { migrationId, comparison }: Migration,
  direction: Direction,
): Promise<number[]> => {
  if (!comparison || comparison.direction !== direction || comparison.ended === comparison.round) return [];
  const compared = new Set<number>();
  for await (const { number, compared: done } of ports.segments.list(migrationId))
    if (done?.round === comparison.round) compared.add(number);
  const { segments } = await segmentNumbers(ports, migrationId);
  return segments.filter((number) => !compared.has(number));
};

/** Ends the comparison under way. It closes a gap that was noticed before the comparison began. */
const end = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  direction: Direction,
): Promise<Migration> => {
  const { comparison, gap, migrationId } = migration;
  if (!comparison || comparison.direction !== direction || comparison.ended === comparison.round)
    return migration;
  const { overflow: _, ...rest } = comparison;
  const touched = await countTouched(ports, migration, way, comparison.round);
  const isOverflow = comparison.why === 'touched' && touched > ports.settings.fencedKeys;
  const ended: LiveComparison = {
    ...rest,
    ended: comparison.round,
    ...(isOverflow ? { overflow: touched } : {}),
  };
  const isClosed = gap !== undefined && gap.at < comparison.begunAt;
  const noted = await ports.migrations.update(migration, {
    comparison: ended,
    ...(isClosed ? { gap: undefined } : {}),
  });
  await ports.journal.forgetTouched(migrationId, comparison.round);
  if (isOverflow) await tellOverflow(ports, noted, touched);
  return noted;
};

const whyDue = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  direction: Direction,
): Promise<LiveComparison['why'] | undefined> => {
  const { comparison, gap } = migration;
  if (gap) return 'gap';
  if (comparison?.direction !== direction || comparison.ended === undefined) return 'first';
  const touched = await countTouched(ports, migration, way, comparison.ended);
  return touched > ports.settings.fencedKeys ? 'touched' : undefined;
};

/** Counts touched keys, up to one more than a cutover compares under the fence. */
const countTouched = async (
  { journal, settings }: Pick<Ports, 'journal' | 'settings'>,
  { migrationId }: Migration,
  way: Way,
  fromRound: number,
): Promise<number> =>
  (await journal.touched(migrationId, way.from.side, fromRound, settings.fencedKeys + 1)).length;

/** Begins a round while no worker applies, so that every key applied afterwards is touched in the new round. */
const begin = (
  ports: Ports,
  migration: Migration,
  way: Way,
  { direction, why }: Pick<LiveComparison, 'direction' | 'why'>,
): Promise<Migration> =>
  underApplierClaim(ports, migration, way.to.table, async () => {
    const { comparison } = migration;
    const isOnward = comparison?.direction === direction && comparison.ended !== undefined;
    return ports.migrations.update(migration, {
      comparison: {
        round: (comparison?.round ?? 0) + 1,
        direction,
        begunAt: ports.clock.now(),
        why,
        ...(isOnward ? { ended: comparison.ended } : {}),
      },
    });
  });

const tellOverflow = async (ports: Ports, migration: Migration, touched: number): Promise<void> => {
  const { migrationId, tenantId, status, attempt } = migration;
  ports.log.warn({ migrationId, tenantId, items: touched }, 'NotConverging');
  ports.metrics.put({ NotConverging: 1 }, migration);
  const why = `NotConverging: at least ${touched} keys changed during the comparison of all keys, and a cutover compares at most ${ports.settings.fencedKeys} under the fence. All keys are compared again`;
  const event = { who: `workflow, attempt ${attempt}`, why, at: ports.clock.now() };
  await ports.migrations.transition(migration, status, event);
};
