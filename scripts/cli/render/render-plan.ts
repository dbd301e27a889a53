import { STAGES } from '../../../functions/migration/migration.ts';
import type { MigrationId } from '../../../functions/migration/names.ts';
import type { Finding, Plan } from '../../../functions/migration/plan/plan.ts';
import { STAGE_TITLES } from '../watching/stage-view.ts';
import { bytes, count, counted, duration, usd } from './figures.ts';
import { printable } from './printable.ts';
import { indent, table } from './table.ts';

const MS = 1_000;

/** Renders a plan for people: blockers and warnings first, then what would happen. */
export const renderPlan = (migrationId: MigrationId, plan: Plan): string[] => [
  `Plan ${migrationId}: ${plan.tenantId}, ${plan.source.tier} to ${plan.target.tier}`,
  '',
  ...indent(renderFindings(plan.findings)),
  '',
  ...indent(
    table(undefined, [
      ['from', plan.source.table, plan.source.placement],
      ['to', plan.target.table, plan.target.placement],
      ['would create', plan.creates.length === 0 ? 'nothing' : plan.creates.join(', '), ''],
    ]),
  ),
  '',
  ...indent(renderSurvey(plan)),
  '',
  ...indent(renderEstimate(plan)),
];

const renderFindings = (findings: readonly Finding[]): string[] => {
  const of = (level: Finding['level'], title: string): string[] =>
    findings.filter((finding) => finding.level === level).flatMap((finding) => renderFinding(title, finding));
  const blockers = of('blocker', 'BLOCKER');
  const warnings = of('warning', 'warning');
  return [
    ...(blockers.length > 0 ? blockers : ['no blockers']),
    ...(warnings.length > 0 ? warnings : ['no warnings']),
  ];
};

const renderFinding = (title: string, { code, message, remedy, items = 0, keys = [] }: Finding): string[] => [
  `${title} ${code}: ${printable(message)}`,
  // plans of earlier versions have no remedy
  ...(remedy ? [`  do: ${printable(remedy)}`] : []),
  ...keys.map((key) => `  key: ${printable(key)}`),
  ...(items > keys.length && keys.length > 0 ? [`  and ${count(items - keys.length)} more`] : []),
];

const renderSurvey = ({ survey, items, bytes: size, schools, segments }: Plan): string[] => {
  const types = Object.entries(survey.byEntityType).sort(([, a], [, b]) => b.items - a.items);
  return [
    ...table(
      ['entity type', 'items', 'size'],
      [
        ...types.map(([type, sum]) => [printable(type), count(sum.items), bytes(sum.bytes)]),
        ['total', count(items), bytes(size)],
      ],
      ['left', 'right', 'right'],
    ),
    '',
    `${counted(schools, 'school')}, ${counted(segments, 'segment')}, largest item ${bytes(survey.largestItemBytes)}`,
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
            count(stage.readUnits),
            count(stage.writeUnits),
            duration(stage.seconds * MS),
          ],
        ]
      : [];
  });
  return [
    ...table(
      ['stage', 'read units', 'write units', 'expected'],
      [...stages, ['total', count(estimate.readUnits), count(estimate.writeUnits), '']],
      ['left', 'right', 'right', 'right'],
    ),
    '',
    ...table(undefined, [
      ['time', `${duration(estimate.seconds * MS)} to the flip, without the hold and the clean-up`],
      ['fence', `writes wait for ${duration(estimate.fenceMs)}`],
      ['cost', `${usd(cost.total)} by the prices of ${estimate.pricesAsOf}`],
      ['', `reads ${usd(cost.reads)}, writes ${usd(cost.writes)}`],
      [
        '',
        `Step Functions ${usd(cost.stepFunctions)}, Lambda ${usd(cost.lambda)}, streams ${usd(cost.streams)}`,
      ],
    ]),
  ];
};
