import { formatDuration } from '../../../functions/migration/format-duration.ts';
import { STAGES } from '../../../functions/migration/migration.ts';
import type { MigrationId } from '../../../functions/migration/names.ts';
import type { Plan, PlanFinding } from '../../../functions/migration/plan/plan.ts';
import { countedText, type LabelSettings } from '../../../functions/migration/settings/counted-items.ts';
import { STAGE_TITLES } from '../watching/stage-view.ts';
import { formatBytes, formatCount, formatCounted, formatUsd } from './figures.ts';
import { withoutControlCharacters } from './printable.ts';
import { indent, renderTable } from './text-table.ts';

const MS = 1_000;

/**
 * Renders a plan for people: blockers and warnings first, then what would happen.
 * @param settings name what is counted.
 */
export const renderPlan = (migrationId: MigrationId, plan: Plan, settings: LabelSettings = {}): string[] => [
  `Plan ${migrationId}: ${plan.tenantId}, ${plan.source.tier} to ${plan.target.tier}`,
  '',
  ...indent(renderFindings(plan.findings)),
  '',
  ...indent(
    renderTable(undefined, [
      ['from', plan.source.table, plan.source.placement],
      ['to', plan.target.table, plan.target.placement],
      ['would create', plan.creates.length === 0 ? 'nothing' : plan.creates.join(', '), ''],
    ]),
  ),
  '',
  ...indent(renderSurvey(plan, settings)),
  '',
  ...indent(renderEstimate(plan)),
];

const renderFindings = (findings: readonly PlanFinding[]): string[] => {
  const sentenceOf = (level: PlanFinding['level'], title: string): string[] =>
    findings.filter((finding) => finding.level === level).flatMap((finding) => renderFinding(title, finding));
  const blockers = sentenceOf('blocker', 'BLOCKER');
  const warnings = sentenceOf('warning', 'warning');
  return [
    ...(blockers.length > 0 ? blockers : ['no blockers']),
    ...(warnings.length > 0 ? warnings : ['no warnings']),
  ];
};

const renderFinding = (
  title: string,
  { code, message, remedy, items = 0, keys = [] }: PlanFinding,
): string[] => [
  `${title} ${code}: ${withoutControlCharacters(message)}`,
  // plans of earlier versions have no remedy
  ...(remedy ? [`  do: ${withoutControlCharacters(remedy)}`] : []),
  ...keys.map((key) => `  key: ${withoutControlCharacters(key)}`),
  ...(items > keys.length && keys.length > 0 ? [`  and ${formatCount(items - keys.length)} more`] : []),
];

const renderSurvey = (
  { survey, items, bytes: size, schools, segments }: Plan,
  settings: LabelSettings,
): string[] => {
  const types = Object.entries(survey.byEntityType).sort(([, a], [, b]) => b.items - a.items);
  return [
    ...renderTable(
      ['entity type', 'items', 'size'],
      [
        ...types.map(([type, sum]) => [
          withoutControlCharacters(type),
          formatCount(sum.items),
          formatBytes(sum.bytes),
        ]),
        ['total', formatCount(items), formatBytes(size)],
      ],
      ['left', 'right', 'right'],
    ),
    '',
    `${countedText(schools, settings)}, ${formatCounted(segments, 'segment')}, largest item ${formatBytes(survey.largestItemBytes)}`,
  ];
};

const renderEstimate = ({ estimate }: Plan): string[] => {
  const { usd: cost } = estimate;
  const stages = STAGES.flatMap((name, n) => {
    const stage = estimate.stages.find((known) => known.stage === name);
    return stage
      ? [
          [
            `${n + 1} ${STAGE_TITLES[name]}`,
            formatCount(stage.readUnits),
            formatCount(stage.writeUnits),
            formatDuration(stage.seconds * MS),
          ],
        ]
      : [];
  });
  return [
    ...renderTable(
      ['stage', 'read units', 'write units', 'expected'],
      [...stages, ['total', formatCount(estimate.readUnits), formatCount(estimate.writeUnits), '']],
      ['left', 'right', 'right', 'right'],
    ),
    '',
    ...renderTable(undefined, [
      ['time', `${formatDuration(estimate.seconds * MS)} to the flip, without the hold and the clean-up`],
      [
        'fence',
        `writes wait for at least ${formatDuration(estimate.fenceMs)}; longer if the streams deliver late`,
      ],
      ['cost', `${formatUsd(cost.total)} by the prices of ${estimate.pricesAsOf}`],
      ['', `reads ${formatUsd(cost.reads)}, writes ${formatUsd(cost.writes)}`],
      [
        '',
        `Step Functions ${formatUsd(cost.stepFunctions)}, Lambda ${formatUsd(cost.lambda)}, streams ${formatUsd(cost.streams)}`,
      ],
    ]),
  ];
};
