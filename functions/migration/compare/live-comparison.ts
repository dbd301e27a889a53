import type { Transfer } from '../apply/transfer.ts';
import { runUnderApplierClaim } from '../claims/run-under-applier-claim.ts';
import { counted } from '../counted.ts';
import type { Direction, LiveComparison, Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { segmentNumbers } from '../segments/segment-numbers.ts';

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
  transfer: Transfer,
  direction: Direction,
): Promise<ComparisonDue> => {
  const open = await openSegments(ports, before, direction);
  if (open.length > 0) return { migration: before, segments: open };
  const migration = await endComparison(ports, before, transfer, direction);
  const reason = await dueReason(ports, migration, transfer, direction);
  if (reason === undefined) return { migration, segments: [] };
  const begun = await beginComparison(ports, migration, transfer, { direction, reason });
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
const endComparison = async (
  ports: Ports,
  migration: Migration,
  transfer: Transfer,
  direction: Direction,
): Promise<Migration> => {
  const { comparison, gap, migrationId } = migration;
  if (!comparison || comparison.direction !== direction || comparison.ended === comparison.round)
    return migration;
  const { overflow: _, ...rest } = comparison;
  const touched = await countTouched(ports, migration, transfer, comparison.round);
  const isOverflow = comparison.reason === 'touched' && touched > ports.settings.fencedKeys;
  const ended: LiveComparison = {
    ...rest,
    ended: comparison.round,
    overflow: isOverflow ? touched : undefined,
  };
  const isClosed = gap !== undefined && gap.at < comparison.begunAt;
  const noted = await ports.migrations.update(
    migration,
    isClosed ? { comparison: ended, gap: undefined } : { comparison: ended },
  );
  await ports.journal.forgetTouched(migrationId, comparison.round);
  if (isOverflow) await recordOverflow(ports, noted, touched);
  return noted;
};

const dueReason = async (
  ports: Ports,
  migration: Migration,
  transfer: Transfer,
  direction: Direction,
): Promise<LiveComparison['reason'] | undefined> => {
  const { comparison, gap } = migration;
  if (gap) return 'gap';
  if (comparison?.direction !== direction || comparison.ended === undefined) return 'first';
  const touched = await countTouched(ports, migration, transfer, comparison.ended);
  return touched > ports.settings.fencedKeys ? 'touched' : undefined;
};

/** Counts touched keys, up to one more than a cutover compares under the fence. */
const countTouched = async (
  { journal, settings }: Pick<Ports, 'journal' | 'settings'>,
  { migrationId }: Migration,
  transfer: Transfer,
  fromRound: number,
): Promise<number> =>
  (await journal.touched(migrationId, transfer.from.side, fromRound, settings.fencedKeys + 1)).length;

/** Begins a round while no worker applies, so that every key applied afterwards is touched in the new round. */
const beginComparison = (
  ports: Ports,
  migration: Migration,
  transfer: Transfer,
  { direction, reason }: Pick<LiveComparison, 'direction' | 'reason'>,
): Promise<Migration> =>
  runUnderApplierClaim(ports, migration, transfer.to.table, async () => {
    const { comparison } = migration;
    const isOnward = comparison?.direction === direction && comparison.ended !== undefined;
    return ports.migrations.update(migration, {
      comparison: {
        round: (comparison?.round ?? 0) + 1,
        direction,
        begunAt: ports.clock.now(),
        reason,
        ended: isOnward ? comparison.ended : undefined,
      },
    });
  });

const recordOverflow = async (ports: Ports, migration: Migration, touched: number): Promise<void> => {
  const { migrationId, tenantId, status, attempt } = migration;
  ports.log.warn({ migrationId, tenantId, items: touched }, 'NotConverging');
  ports.metrics.put({ NotConverging: 1 }, migration);
  const reason = `NotConverging: at least ${counted(touched, 'key')} changed during the comparison of all keys, and a cutover compares at most ${ports.settings.fencedKeys} under the fence. All keys are compared again`;
  const event = { who: `workflow, attempt ${attempt}`, reason, at: ports.clock.now() };
  await ports.migrations.transition(migration, status, event);
};
