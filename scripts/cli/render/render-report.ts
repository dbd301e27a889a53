import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { IndexCheck } from '../../../functions/migration/indexes/index-check.ts';
import { STAGES } from '../../../functions/migration/migration.ts';
import type { Report } from '../../../functions/migration/report/report.ts';
import type { Checksum } from '../../../functions/migration/segment.ts';
import { STAGE_TITLES } from '../watching/stage-view.ts';
import { capitalised, formatCount, formatCounted, formatTime } from './figures.ts';
import { renderDifferences, renderForeign, renderPastLeases } from './render-differences.ts';
import { renderSides } from './render-sides.ts';
import { indent, renderTable } from './text-table.ts';

/** Renders a report for people: tables, comparison, times and capacity, and the prediction beside the facts. */
export const renderReport = (report: Report): string[] => [
  `Report ${report.migrationId}: ${report.tenantId}, ${report.source.tier} to ${report.target.tier}: ${capitalised(report.outcome)}`,
  '',
  ...indent(renderComparison(report)),
  ...(report.differing > 0 ? ['', ...indent(renderDifferences(report.differences, report.differing))] : []),
  ...(report.pastLeases ? ['', ...indent(renderPastLeases(report.pastLeases))] : []),
  ...(report.foreign.length > 0 ? ['', ...indent(renderForeign(report.foreign))] : []),
  '',
  ...indent(renderDurations(report)),
  '',
  ...indent(renderUnits(report)),
  ...(report.predicted ? ['', ...indent(renderPrediction(report, report.predicted))] : []),
  ...(report.indexes && report.indexes.length > 0 ? ['', ...indent(renderIndexes(report.indexes))] : []),
  ...(report.notes.length > 0 ? ['', ...indent(report.notes.map((event) => `note: ${event}`))] : []),
  '',
  ...indent([
    `${formatCounted(report.attempts, 'attempt')}, closed ${formatTime(Date.parse(report.closedAt))}`,
    'SHA-256 of this report:',
    report.sha256,
  ]),
];

const renderComparison = (report: Report): string[] => {
  const { verified, keptSource, source, target } = report;
  if (!verified) {
    return [
      ...renderTable(undefined, [
        ['from', source.table, source.placement],
        ['to', target.table ?? '(none yet)', target.placement],
      ]),
      'Source and target were not compared in full.',
    ];
  }
  return [
    ...renderSides([
      { title: 'source', table: source.table, print: verified.source },
      { title: 'target', table: target.table ?? '', print: verified.target },
    ]),
    `${isSame(verified.source, verified.target) ? 'All equal' : 'NOT EQUAL'}${omittedText(verified.changed)}.`,
    ...(keptSource?.afterHold
      ? ['', ...renderKeptSource({ ...keptSource, afterHold: keptSource.afterHold })]
      : []),
  ];
};

/** Renders the kept source at the flip and after the hold. Both leave out items that DynamoDB may have expired since. */
const renderKeptSource = ({
  atFlip,
  afterHold,
  expiringItems,
}: Required<NonNullable<Report['keptSource']>>): string[] => [
  expiringItems === 0
    ? 'The kept source, at the flip and after the hold:'
    : `The kept source, at the flip and after the hold, without ${formatCounted(expiringItems, 'item')}`,
  ...(expiringItems === 0 ? [] : ['that may expire and are compared one by one:']),
  ...renderSides([
    { title: 'at the flip', print: atFlip },
    { title: 'after the hold', print: afterHold },
  ]),
  isSame(atFlip, afterHold) ? 'Equal.' : 'NOT EQUAL.',
];

const isSame = (a: Checksum, b: Checksum): boolean =>
  a.items === b.items && a.bytes === b.bytes && a.checksum === b.checksum;

const omittedText = (changed: number): string =>
  changed === 0
    ? ''
    : `, without ${formatCounted(changed, 'key')} that the application changed after the flip`;

const renderDurations = (report: Report): string[] => {
  const { durations } = report;
  const failed = cutoversWithoutFlip(report);
  return [
    ...renderTable(
      ['stage', 'took'],
      [
        ...STAGES.map((stage, n) => {
          const ms = durations[stage];
          return [`${n + 1} ${STAGE_TITLES[stage]}`, ms === undefined ? '-' : formatDuration(ms)];
        }),
        ['total', formatDuration(durations.totalMs)],
        ...operatorWaitRow(report),
        ...fenceRows(report),
      ],
      ['left', 'right'],
    ),
    ...(failed > 0 ? [`${formatCounted(failed, 'cutover')} reopened writes without a flip.`] : []),
  ];
};

/** Returns the number of cutovers without a flip; each of the two directions has at most one with a flip. */
const cutoversWithoutFlip = ({ cutovers, durations: { fenceMs, reverseFenceMs } }: Report): number =>
  cutovers - [fenceMs, reverseFenceMs].filter((ms) => ms !== undefined).length;

/**
 * Renders the time spent waiting for an operator. Stages include it; the time to the flip, which has a prediction, does
 * not.
 */
const operatorWaitRow = ({ durations: { operatorWaitMs } }: Report): string[][] =>
  operatorWaitMs === undefined ? [] : [['waited for an operator', formatDuration(operatorWaitMs)]];

/** Renders the time under all fences, and of each fence that ended with a flip if there were others. */
const fenceRows = ({ durations: { fencedMs, fenceMs, reverseFenceMs } }: Report): string[][] => [
  ['writes fenced', fencedMs === 0 ? '-' : formatDuration(fencedMs)],
  ...(fenceMs === undefined || fenceMs === fencedMs ? [] : [['  before the flip', formatDuration(fenceMs)]]),
  ...(reverseFenceMs === undefined ? [] : [['  before the flip back', formatDuration(reverseFenceMs)]]),
];

const PASSES = [
  ['survey', 'count and survey'],
  ['copy', 'copy'],
  ['verify', 'verify'],
  ['cleanUp', 'clean up'],
] as const;

/** Work that a plan cannot predict. */
const UNPREDICTED = [
  ['apply', 'apply changes'],
  ['discard', 'discard copies'],
] as const;

const renderUnits = (report: Report): string[] =>
  renderTable(
    ['capacity used', 'read units', 'write units'],
    [
      ...PASSES.map(([pass, title]) => [
        title,
        formatCount(report.units[pass].read),
        formatCount(report.units[pass].write),
      ]),
      ...UNPREDICTED.filter(([work]) => report.units[work].write > 0).map(([work, title]) => [
        title,
        '-',
        formatCount(report.units[work].write),
      ]),
      ['total', formatCount(sumOf(report, ALL).read), formatCount(sumOf(report, ALL).write)],
    ],
    ['left', 'right', 'right'],
  );

type Passes = keyof Report['units'];
const PREDICTED = PASSES.map(([pass]): Passes => pass);
const ALL = [...PREDICTED, ...UNPREDICTED.map(([work]): Passes => work)];

const sumOf = ({ units }: Report, works: readonly Passes[]): { read: number; write: number } => ({
  read: works.reduce((sum, work) => sum + units[work].read, 0),
  write: works.reduce((sum, work) => sum + units[work].write, 0),
});

/** Renders prediction and fact. A plan predicts a whole migration; one that ended early has used less. */
const renderPrediction = (report: Report, predicted: NonNullable<Report['predicted']>): string[] => {
  const { verified, durations, outcome } = report;
  const { fenceMs, operatorWaitMs, toFlipMs } = durations;
  const measured = sumOf(report, PREDICTED);
  return [
    ...renderTable(
      ['', outcome === 'completed' ? 'predicted' : 'predicted, whole migration', 'actual'],
      [
        [
          'items',
          formatCount(predicted.items),
          verified ? formatCount(verified.source.items + verified.changed) : '-',
        ],
        ['read units', formatCount(predicted.readUnits), formatCount(measured.read)],
        ['write units', formatCount(predicted.writeUnits), formatCount(measured.write)],
        [
          operatorWaitMs === undefined ? 'time to the flip' : 'time to the flip, without waits',
          formatDuration(predicted.toFlipMs),
          toFlipMs === undefined ? '-' : formatDuration(toFlipMs),
        ],
        ['fence', formatDuration(predicted.fenceMs), fenceMs === undefined ? '-' : formatDuration(fenceMs)],
      ],
      ['left', 'right', 'right'],
    ),
    'Predicted times are those of DynamoDB on AWS; a local engine has others.',
  ];
};

/** Renders the checks of the target's indexes. The lag is an upper bound: the time until a poll found the marker. */
const renderIndexes = (indexes: readonly IndexCheck[]): string[] =>
  renderTable(
    ["target's index", 'lag', 'values equal', 'differing'],
    indexes.map(({ index, lagMs, values, counted: formatCounted, differing }) => [
      index,
      lagMs === undefined ? '-' : formatDuration(lagMs),
      values === undefined ? '-' : `${formatCount(formatCounted)} of ${formatCount(values)}`,
      values === undefined ? '-' : formatCount(differing),
    ]),
    ['left', 'right', 'right', 'right'],
  );
