import type { Migration, Units } from '../../../migration/migration.ts';
import { expectedFlipAt } from '../../../migration/operator/expected-flip.ts';
import { readProgress } from '../../../migration/operator/progress.ts';
import type { Ports } from '../../../migration/ports.ts';
import { findMigration } from '../../../migration/record/find-migration.ts';
import type { Segment } from '../../../migration/segment.ts';
import type { Content } from '../answers.ts';
import { etagOf } from '../http/etag.ts';

/** Figures that have not changed are given anew after this time, in ms, so that a chart of them goes on. */
const SAME_MS = 5_000;
const PASSES = ['survey', 'copy', 'verify', 'cleanUp'] as const;

/** Figures of a migration, with the tag by which a page sees that they are new. */
export interface TaggedFigures {
  readonly content: Content<'Figures'>;
  readonly etag: string;
}

/** Reads what a migration has copied, compared and used so far. A page that asks again and again makes charts of it. */
export const readFigures = async (ports: Ports, id: string): Promise<TaggedFigures> => {
  const { migrationId } = await findMigration(ports, id);
  const progress = await readProgress(ports, migrationId);
  const { migration, items, itemsCopied } = progress;
  const units = {
    ...{ survey: { read: 0, write: 0 }, copy: { read: 0, write: 0 }, verify: { read: 0, write: 0 } },
    ...{ cleanUp: { read: 0, write: 0 }, apply: { read: 0, write: migration.applyWriteUnits ?? 0 } },
    discard: { read: 0, write: migration.discardWriteUnits ?? 0 },
  };
  const { convergence, applyThrottles = 0, discardThrottles = 0 } = migration;
  let [bytesCopied, differing, throttles] = [0, 0, applyThrottles + discardThrottles];
  for await (const segment of ports.segments.list(migrationId)) {
    for (const pass of PASSES) add(units[pass], segment.units[pass]);
    bytesCopied += segment.copied.bytes;
    differing += segment.compared?.differing ?? 0;
    throttles += segment.throttles ?? 0;
  }
  const itemsDiscarded = migration.discardedItems ?? 0;
  const counted = { items, itemsCopied, itemsDiscarded, bytesCopied, differing, throttles, units };
  const figures = {
    ...counted,
    backlog: convergence?.backlog ?? null,
    applying: convergence
      ? {
          journalledPerSecond: convergence.journalledPerSecond,
          appliedPerSecond: convergence.appliedPerSecond,
        }
      : null,
    limits: limitsOf(ports, migration),
  };
  const at = ports.clock.now();
  // a prediction changes with the time, so it is no part of the tag
  const flip = { expectedFlipAt: expectedFlipAt(progress, at) ?? null };
  return { content: { at, ...figures, ...flip }, etag: etagOf([figures, Math.floor(at / SAME_MS)]) };
};

const add = (sum: { read: number; write: number }, { read, write }: Units): void => {
  sum.read += read;
  sum.write += write;
};

const limitsOf = (
  { settings }: Ports,
  { readUnitsPerSecond, writeUnitsPerSecond }: Migration,
): Content<'Figures'>['limits'] => ({
  readUnitsPerSecond: readUnitsPerSecond ?? settings.readUnitsPerSecond,
  writeUnitsPerSecond: writeUnitsPerSecond ?? null,
});

const comparisonOf = ({
  number,
  counted,
  verified,
  kept,
  keptAfterHold,
  keptExpiring,
  mismatch,
}: Segment): Content<'ComparisonList'>['segments'][number] => ({
  number,
  items: counted,
  verified: verified ?? null,
  keptSource: kept
    ? { atFlip: kept, afterHold: keptAfterHold ?? null, expiringItems: keptExpiring ?? 0 }
    : null,
  differing: mismatch?.differing ?? 0,
});

/** Reads both sides of each segment as they were compared: counts, sizes and checksums. */
export const readComparisons = async (ports: Ports, id: string): Promise<Content<'ComparisonList'>> => {
  const { migrationId } = await findMigration(ports, id);
  const all: Content<'ComparisonList'>['segments'][number][] = [];
  for await (const segment of ports.segments.list(migrationId)) all.push(comparisonOf(segment));
  return { segments: all };
};
