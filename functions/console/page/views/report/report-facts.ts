import type { ComparisonList, Report as ReportDocument } from '../../api/schema.ts';
import { bytes, count, counted, duration } from '../../parts/formats.ts';
import { STATUS_LABELS } from '../../parts/migration-status.tsx';
import { STAGES } from '../../parts/stage-lane.tsx';
import { transferOf } from '../../parts/tiers.ts';

export type Report = ReportDocument['report'];
export type SegmentComparison = ComparisonList['segments'][number];
type Side = NonNullable<Report['verified']>['source'];

/** Counts, size and checksum of one side. */
export interface SideFacts {
  readonly items: number;
  readonly bytes: number;
  /** In hex; order of items and of pages makes no difference to it. */
  readonly checksum: string;
}

/** The one place that knows the API's name of the checksum. */
export const sideOf = ({ items, bytes: size, checksum }: Side): SideFacts => ({
  items,
  bytes: size,
  checksum,
});

const areEqual = (left: SideFacts, right: SideFacts): boolean =>
  left.items === right.items && left.bytes === right.bytes && left.checksum === right.checksum;

/** The conclusion of a report, in a sentence. */
export interface Verdict {
  readonly type: 'success' | 'warning' | 'error' | 'info';
  readonly words: string;
}

/** Returns what a reader has to know first, the worst first. */
export const verdictsOf = (report: Report): readonly Verdict[] => {
  const { verified, differing, foreign, pastLeases, keptSource } = report;
  const found: Verdict[] = [];
  if (differing > 0)
    found.push({ type: 'error', words: `${counted(differing, 'key')} differ between the sides.` });
  if (foreign.length > 0)
    found.push({
      type: 'warning',
      words: `${counted(foreign.length, 'key')} were written by another process, past the migration.`,
    });
  if (pastLeases)
    found.push({
      type: 'warning',
      words: `${counted(pastLeases.total, 'key')} were written after every lease had run out, past the router.`,
    });
  if (verified)
    found.push(verdictOfSides(sideOf(verified.source), sideOf(verified.target), verified.changed));
  else
    found.push({ type: 'info', words: 'The sides were not compared to the end: it ended before the flip.' });
  if (keptSource?.afterHold) {
    const isSame = areEqual(sideOf(keptSource.atFlip), sideOf(keptSource.afterHold));
    found.push(
      isSame
        ? { type: 'success', words: 'The kept source did not change between the flip and the clean-up.' }
        : { type: 'warning', words: 'The kept source changed between the flip and the clean-up.' },
    );
  }
  return found;
};

const verdictOfSides = (source: SideFacts, target: SideFacts, changed: number): Verdict => {
  const left = changed > 0 ? `, without ${counted(changed, 'key')} that the application changed since` : '';
  if (areEqual(source, target))
    return {
      type: 'success',
      words: `Both sides are equal: ${counted(source.items, 'item')}, ${bytes(source.bytes)}${left}.`,
    };
  return {
    type: 'error',
    words: `The sides differ: ${count(source.items)} and ${counted(target.items, 'item')}${left}.`,
  };
};

/** Returns the items that the counts of the sides and of the kept source leave out, in words; undefined for none. */
export const omittedOf = ({ verified, keptSource }: Pick<Report, 'verified' | 'keptSource'>) => {
  const words = (n: number | undefined, one: string, many: string) => (n ? counted(n, one, many) : undefined);
  return {
    changed: words(verified?.changed, 'key changed after the flip', 'keys changed after the flip'),
    expiring: words(keptSource?.expiringItems, 'item that may expire', 'items that may expire'),
  };
};

/** A measured value beside the predicted one, in words. */
export interface PredictionRow {
  readonly label: string;
  readonly predicted: string;
  readonly actual: string;
  /** By how much the fact exceeds the prediction; a dash if one of them is missing. */
  readonly change: string;
}

/** Says how much larger a value is than another: `+4 %`, `−12 %`, `0 %`. */
export const changeOf = (from: number | undefined, to: number | undefined): string => {
  if (from === undefined || to === undefined || from === 0) return '–';
  const percent = Math.round((to / from - 1) * 100);
  if (percent === 0) return '0 %';
  return `${percent > 0 ? '+' : '−'}${count(Math.abs(percent))} %`;
};

type Units = Report['units'];
/** Kinds of work that a plan predicts. */
const PREDICTED = ['survey', 'copy', 'verify', 'cleanUp'] as const satisfies readonly (keyof Units)[];

/** Capacity units of one kind over all kinds of work. */
const totalUnits = (units: Units, kind: 'read' | 'write'): number =>
  Object.values(units).reduce((sum, used) => sum + used[kind], 0);

/** Returns what was predicted beside what happened. */
export const predictionRows = ({
  predicted,
  verified,
  durations,
  units,
}: Report): readonly PredictionRow[] => {
  const row = (
    label: string,
    format: (value: number) => string,
    before: number | undefined,
    actual: number | undefined,
  ): PredictionRow => ({
    label,
    predicted: before === undefined ? '–' : format(before),
    actual: actual === undefined ? '–' : format(actual),
    change: changeOf(before, actual),
  });
  const predictedUnits = (kind: 'read' | 'write') =>
    PREDICTED.reduce((sum, work) => sum + units[work][kind], 0);
  return [
    row('Items', count, predicted?.items, verified && verified.source.items + verified.changed),
    row('Time to the flip', duration, predicted?.toFlipMs, durations.toFlipMs),
    row('Write gap', duration, predicted?.fenceMs, durations.fenceMs),
    row('Read units', count, predicted?.readUnits, predictedUnits('read')),
    row('Write units', count, predicted?.writeUnits, predictedUnits('write')),
  ];
};

/** A name and its value, in words. */
export interface NamedValue {
  readonly label: string;
  readonly value: string;
}

/** Returns how long each stage and all fences took. */
export const durationRows = ({ durations }: Report): readonly NamedValue[] => [
  ...STAGES.flatMap(({ name, label }) => {
    const ms = durations[name];
    return ms === undefined ? [] : [{ label, value: duration(ms) }];
  }),
  { label: 'Writes fenced in all', value: duration(durations.fencedMs) },
  { label: 'In all', value: duration(durations.totalMs) },
];

const WORK: readonly { readonly name: keyof Units; readonly label: string }[] = [
  { name: 'survey', label: 'Survey' },
  { name: 'copy', label: 'Copy' },
  { name: 'verify', label: 'Compare and verify' },
  { name: 'apply', label: 'Apply' },
  { name: 'cleanUp', label: 'Clean up' },
  { name: 'discard', label: 'Discard the copies' },
];

/** Capacity units of one kind of work. */
export interface UnitsRow {
  readonly label: string;
  readonly read: number;
  readonly write: number;
}

/** Returns the capacity units by kind of work, without kinds that used none, and in all. */
export const unitsRows = ({ units }: Report): readonly UnitsRow[] => [
  ...WORK.map(({ name, label }) => ({ label, ...units[name] })).filter(({ read, write }) => read + write > 0),
  { label: 'In all', read: totalUnits(units, 'read'), write: totalUnits(units, 'write') },
];

/** Two reports side by side: one property of both. */
export interface CompareRow {
  readonly label: string;
  readonly left: string;
  readonly right: string;
  /** By how much the right one exceeds the left one; empty for what is no number. */
  readonly change: string;
}

const nameOf = (report: Report): string => `${report.tenantId}, ${transferOf(report)}`;

/** Returns the properties of two reports side by side. */
export const compareRows = (left: Report, right: Report): readonly CompareRow[] => {
  const words = (label: string, of: (report: Report) => string): CompareRow => ({
    ...{ label, left: of(left), right: of(right), change: '' },
  });
  const number = (
    label: string,
    format: (value: number) => string,
    of: (report: Report) => number | undefined,
  ): CompareRow => {
    const [a, b] = [of(left), of(right)];
    const shown = (value: number | undefined) => (value === undefined ? '–' : format(value));
    const change = a === b && a !== undefined ? '0 %' : changeOf(a, b);
    return { label, left: shown(a), right: shown(b), change };
  };
  return [
    words('Move', nameOf),
    words('Outcome', ({ outcome }) => STATUS_LABELS[outcome]),
    number('Attempts', count, ({ attempts }) => attempts),
    number('Cutovers', count, ({ cutovers }) => cutovers),
    number('Items', count, ({ verified }) => verified?.source.items),
    number('Bytes', bytes, ({ verified }) => verified?.source.bytes),
    number('Keys that differ', count, ({ differing }) => differing),
    number('Time to the flip', duration, ({ durations }) => durations.toFlipMs),
    number('Write gap', duration, ({ durations }) => durations.fenceMs),
    number('Writes fenced in all', duration, ({ durations }) => durations.fencedMs),
    ...STAGES.map(({ name, label }) => number(label, duration, ({ durations }) => durations[name])),
    number('In all', duration, ({ durations }) => durations.totalMs),
    number('Read units', count, ({ units }) => totalUnits(units, 'read')),
    number('Write units', count, ({ units }) => totalUnits(units, 'write')),
    number('Items a second until the flip', count, itemsPerSecond),
  ];
};

const itemsPerSecond = ({ verified, durations: { toFlipMs } }: Report): number | undefined =>
  verified && toFlipMs ? verified.source.items / (toFlipMs / 1_000) : undefined;

/** Says how a segment's sides compare; undefined while they have not been compared. */
export const segmentResult = ({
  verified,
  differing,
}: SegmentComparison): 'equal' | 'differs' | undefined => {
  if (differing > 0) return 'differs';
  if (!verified) return undefined;
  return areEqual(sideOf(verified.source), sideOf(verified.target)) ? 'equal' : 'differs';
};
