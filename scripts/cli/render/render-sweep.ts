import type { SweepFinding, SweepResult } from '../../../functions/migration/growth/sweep.ts';
import { renderMoves, renderNotMoved } from './render-moves.ts';
import { indent, renderTable } from './text-table.ts';

const NO_TENANTS = 'No tenant needs to move: no tier is outgrown, no table is over its tenant limit.';

export const renderSweepPlan = (found: readonly SweepFinding[]): string[] => {
  const moves = found.filter((one) => one.kind === 'leaves');
  return [
    ...(moves.length === 0
      ? [NO_TENANTS]
      : [
          'Would move:',
          '',
          ...indent(
            renderTable(
              ['tenant', 'from', 'to', 'reason'],
              moves.map(({ tenant, request }) => [
                tenant.tenantId,
                tenant.tier,
                targetOf(request),
                request.reason,
              ]),
            ),
          ),
        ]),
    ...renderManualActions(found.filter((one) => one.kind === 'manualAction')),
  ];
};

const targetOf = ({
  toTier,
  dedicated,
}: {
  readonly toTier?: string;
  readonly dedicated?: boolean;
}): string =>
  toTier === undefined ? 'another table' : `${toTier}${dedicated ? ', in a table of its own' : ''}`;

export const renderSweepResult = ({ requested, moved, stays, needPerson }: SweepResult): string[] => [
  requested.length + moved.length + stays.length === 0 ? NO_TENANTS : renderMoves({ requested, moved }),
  ...renderNotMoved(stays),
  ...renderManualActions(needPerson),
];

const renderManualActions = (needPerson: SweepResult['needPerson']): string[] =>
  needPerson.length === 0
    ? []
    : [
        '',
        'Needs manual action:',
        '',
        ...indent(
          renderTable(
            undefined,
            needPerson.map(({ tenantId, reason }) => [tenantId, reason]),
          ),
        ),
      ];
