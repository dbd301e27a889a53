import { STAGES } from '../../../functions/migration/migration.ts';
import type { Fingerprint } from '../../../functions/migration/segment.ts';
import type { IndexCheck } from '../../../functions/migration/verify/index-check.ts';
import type { Report } from '../../../functions/migration/verify/report.ts';
import { STAGE_TITLES } from '../watching/stage-view.ts';
import { count, counted, duration, inCapitals, moment } from './figures.ts';
import { renderDifferences, renderForeign } from './render-differences.ts';
import { renderSides } from './render-sides.ts';
import { indent, table } from './table.ts';

const MS = 1_000;

/** A report for people: what is where, whether both sides were the same, what it took and what had been predicted. */
export const renderReport = (report: Report): string[] => [
  `Report ${report.migrationId}: ${report.tenantId}, ${report.source.tier} to ${report.target.tier}: ${inCapitals(report.outcome)}`,
  '',
  ...indent(renderComparison(report)),
  ...(report.differing > 0 ? ['', ...indent(renderDifferences(report.differences, report.differing))] : []),
  ...(report.foreign.length > 0 ? ['', ...indent(renderForeign(report.foreign))] : []),
  '',
  ...indent(renderDurations(report)),
  '',
  ...indent(renderUnits(report)),
  ...(report.predicted ? ['', ...indent(renderPrediction(report, report.predicted))] : []),
  ...(report.indexes && report.indexes.length > 0 ? ['', ...indent(renderIndexes(report.indexes))] : []),
  ...(report.notices.length > 0 ? ['', ...indent(report.notices.map((notice) => `note: ${notice}`))] : []),
  '',
  ...indent([
    `${counted(report.attempts, 'attempt')}, closed ${moment(report.closedAt)}`,
    'SHA-256 of this report:',
    report.sha256,
  ]),
];

const renderComparison = (report: Report): string[] => {
  const { verified, frozenSource, source, target } = report;
  if (!verified) {
    return [
      ...table(undefined, [
        ['from', source.table, source.placement],
        ['to', target.table ?? '(none yet)', target.placement],
      ]),
      'The two sides were not compared as a whole.',
    ];
  }
  return [
    ...renderSides([
      { title: 'source', table: source.table, print: verified.source },
      { title: 'target', table: target.table ?? '', print: verified.target },
      ...(frozenSource ? [{ title: 'source after hold', print: frozenSource }] : []),
    ]),
    `${isSame(verified.source, verified.target) ? 'All equal' : 'NOT EQUAL'}${leftOut(verified.changed)}.`,
    // it is compared with what it was at the flip; the two differ by what may go meanwhile
    ...(frozenSource && !isSame(verified.source, frozenSource)
      ? ['The source after the hold is counted without items that may expire.']
      : []),
  ];
};

const isSame = (a: Fingerprint, b: Fingerprint): boolean =>
  a.items === b.items && a.bytes === b.bytes && a.digest === b.digest;

const leftOut = (changed: number): string =>
  changed === 0 ? '' : `, without ${counted(changed, 'key')} that the application changed after the flip`;

const renderDurations = ({ durations, cutovers }: Report): string[] => [
  ...table(
    ['stage', 'took'],
    [
      ...STAGES.map((stage, n) => {
        const ms = durations[stage];
        return [`${n + 1} ${STAGE_TITLES[stage]}`, ms === undefined ? '-' : duration(ms)];
      }),
      ['total', duration(durations.totalMs)],
      ['writes fenced', durations.fenceMs === undefined ? '-' : duration(durations.fenceMs)],
    ],
    ['left', 'right'],
  ),
  ...(cutovers > 1
    ? [`${counted(cutovers, 'cutover')} were begun; each that did not flip opened writes again.`]
    : []),
];

const PASSES = [
  ['survey', 'count and survey'],
  ['copy', 'copy'],
  ['verify', 'verify'],
  ['cleanUp', 'clean up'],
] as const;

const renderUnits = (report: Report): string[] =>
  table(
    ['capacity used', 'read units', 'write units'],
    [
      ...PASSES.map(([pass, title]) => [
        title,
        count(report.units[pass].read),
        count(report.units[pass].write),
      ]),
      ['total', count(used(report).read), count(used(report).write)],
    ],
    ['left', 'right', 'right'],
  );

const used = ({ units }: Report): { read: number; write: number } => ({
  read: PASSES.reduce((sum, [pass]) => sum + units[pass].read, 0),
  write: PASSES.reduce((sum, [pass]) => sum + units[pass].write, 0),
});

/** From the first stage to the flip, which is what the plan predicts. */
const toFlip = ({ durations }: Report): number | undefined => {
  const stages = [durations.provision, durations.copy, durations.registry, durations.flip];
  return stages.every((ms) => ms !== undefined) ? stages.reduce((sum, ms) => sum + ms, 0) : undefined;
};

const renderPrediction = (report: Report, predicted: NonNullable<Report['predicted']>): string[] => {
  const taken = toFlip(report);
  const { fenceMs } = report.durations;
  return table(
    ['', 'predicted', 'actual'],
    [
      ['items', count(predicted.items), report.verified ? count(report.verified.source.items) : '-'],
      ['read units', count(predicted.readUnits), count(used(report).read)],
      ['write units', count(predicted.writeUnits), count(used(report).write)],
      ['time to the flip', duration(predicted.seconds * MS), taken === undefined ? '-' : duration(taken)],
      ['fence', duration(predicted.fenceMs), fenceMs === undefined ? '-' : duration(fenceMs)],
    ],
    ['left', 'right', 'right'],
  );
};

/** The lag is an upper bound: the time until a poll found the marker. */
const renderIndexes = (indexes: readonly IndexCheck[]): string[] =>
  table(
    ["target's index", 'lag', 'values equal', 'differing'],
    indexes.map(({ index, lagMs, values, counted, differing }) => [
      index,
      lagMs === undefined ? '-' : duration(lagMs),
      values === undefined ? '-' : `${count(counted)} of ${count(values)}`,
      values === undefined ? '-' : count(differing),
    ]),
    ['left', 'right', 'right', 'right'],
  );
