import type { Found, Swept } from '../../../functions/migration/triggers/sweep.ts';
import { renderMoving, renderStays } from './render-stays.ts';
import { indent, table } from './table.ts';

export const renderFound = ({ outgrown, needPerson }: Found): string[] => [
  ...(outgrown.length === 0
    ? ['Nobody has outgrown a tier, or asks for a table of its own.']
    : [
        'Would move:',
        '',
        ...indent(
          table(
            ['tenant', 'from', 'to', 'because'],
            outgrown.map(({ tenant, request }) => [
              tenant.tenantId,
              tenant.tier,
              `${request.toTier}${request.dedicated ? ', in a table of its own' : ''}`,
              request.reason,
            ]),
          ),
        ),
      ]),
  ...renderNeedPerson(needPerson),
];

export const renderSwept = ({ requested, moved, stays, needPerson }: Swept): string[] => [
  requested.length + moved.length + stays.length === 0
    ? 'Nobody has outgrown a tier, or asks for a table of its own.'
    : renderMoving({ requested, moved }),
  ...renderStays(stays),
  ...renderNeedPerson(needPerson),
];

const renderNeedPerson = (needPerson: Found['needPerson']): string[] =>
  needPerson.length === 0
    ? []
    : [
        '',
        'Need a person:',
        '',
        ...indent(
          table(
            undefined,
            needPerson.map(({ tenantId, why }) => [tenantId, why]),
          ),
        ),
      ];
