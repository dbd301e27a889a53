import type { Found, Swept } from '../../../functions/migration/triggers/sweep.ts';
import { renderMoving, renderStays } from './render-stays.ts';
import { indent, table } from './table.ts';

const NOBODY = 'No tenant needs to move: no tier is outgrown, and no table is over its tenant limit.';

export const renderFound = (found: readonly Found[]): string[] => {
  const leave = found.filter((one) => one.kind === 'leaves');
  return [
    ...(leave.length === 0
      ? [NOBODY]
      : [
          'Would move:',
          '',
          ...indent(
            table(
              ['tenant', 'from', 'to', 'reason'],
              leave.map(({ tenant, request }) => [
                tenant.tenantId,
                tenant.tier,
                wayOut(request),
                request.reason,
              ]),
            ),
          ),
        ]),
    ...renderNeedPerson(found.filter((one) => one.kind === 'needsPerson')),
  ];
};

const wayOut = ({ toTier, dedicated }: { readonly toTier?: string; readonly dedicated?: boolean }): string =>
  toTier === undefined ? 'another table' : `${toTier}${dedicated ? ', in a table of its own' : ''}`;

export const renderSwept = ({ requested, moved, stays, needPerson }: Swept): string[] => [
  requested.length + moved.length + stays.length === 0 ? NOBODY : renderMoving({ requested, moved }),
  ...renderStays(stays),
  ...renderNeedPerson(needPerson),
];

const renderNeedPerson = (needPerson: Swept['needPerson']): string[] =>
  needPerson.length === 0
    ? []
    : [
        '',
        'Needs manual action:',
        '',
        ...indent(
          table(
            undefined,
            needPerson.map(({ tenantId, why }) => [tenantId, why]),
          ),
        ),
      ];
