import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { sentence } from '../../api/problem.ts';
import type { TenantDetail } from '../../api/schema.ts';
import { type CountedNames, useCountedNames } from '../../api/use-counted-names.ts';
import { CountedBar } from '../../parts/counted-bar.tsx';
import { count, duration, heading } from '../../parts/formats.ts';
import { Ago, Time } from '../../parts/time.tsx';
import { MigrationLink, paths, To } from '../../parts/to.tsx';

const DECISIONS = {
  stay: 'No move due',
  move: 'Moves automatically',
  manualAction: 'Needs an operator',
} as const;
const DECISION_TYPES = { stay: 'success', move: 'info', manualAction: 'warning' } as const;

type Detail = Pick<TenantDetail, 'tenant' | 'decision' | 'route'>;

/** The tenant's record, its table, and its route. */
export const TenantProfile = (detail: Detail) => {
  const names = useCountedNames();
  return (
    <Container header={<Header>Profile</Header>}>
      <KeyValuePairs
        columns={3}
        items={[...placementPairs(detail, names), ...routePairs(detail), ...recordPairs(detail)]}
      />
    </Container>
  );
};

const placementPairs = ({ tenant, decision }: Detail, { labels }: CountedNames) => {
  const { tier, placement, table, maxSchools, schoolCount, schoolCountedAt } = tenant;
  return [
    {
      label: 'Tier',
      value: placement === 'dedicated' ? `${tier}, dedicated table` : `${tier}, shared table`,
    },
    {
      label: heading(labels),
      value: (
        <>
          <CountedBar used={schoolCount} limit={maxSchools ?? null} />
          <div className="note">
            Counted <Ago at={schoolCountedAt} />
          </div>
        </>
      ),
    },
    {
      label: 'Next move',
      value: (
        <>
          <StatusIndicator type={DECISION_TYPES[decision.kind]}>
            {DECISIONS[decision.kind]}
            {decision.tier !== undefined && `: ${decision.tier}${decision.dedicated ? ', dedicated' : ''}`}
          </StatusIndicator>
          {decision.kind !== 'stay' && <div className="note">{sentence(decision.reason)}</div>}
        </>
      ),
    },
    {
      label: 'Table',
      value: <To path={`${paths.tenants}?${new URLSearchParams({ table })}`}>{table}</To>,
    },
  ];
};

const routePairs = ({ tenant, route }: Detail) => {
  if (!route)
    return [
      {
        label: 'Route',
        value: (
          <>
            <StatusIndicator type="error">The tenant has no route</StatusIndicator>
            <div className="note">
              Its requests are refused. See <To path={paths.doctor}>the doctor</To>.
            </div>
          </>
        ),
      },
    ];
  const { table, epoch, writes, leaseMs, fence } = route;
  return [
    {
      label: 'Route',
      value: (
        <>
          {table === tenant.table ? 'To its table' : <>To {table}</>}
          <div className="note">
            Epoch {count(epoch)}, leases of {duration(leaseMs)}
          </div>
        </>
      ),
    },
    {
      label: 'Writes',
      value:
        writes === 'open' ? (
          <StatusIndicator type="success">Open</StatusIndicator>
        ) : (
          <>
            <StatusIndicator type="warning">Fenced</StatusIndicator>
            {fence && (
              <div className="note">
                By <MigrationLink migrationId={fence.migrationId} />, at most until{' '}
                <Time at={fence.deadline} />
              </div>
            )}
          </>
        ),
    },
  ];
};

const recordPairs = ({ tenant }: Detail) => {
  const { createdAt, createdBy, updatedAt, updatedBy, pending } = tenant;
  return [
    ...(pending
      ? [{ label: 'After the migration', value: `${pending.tier}, ${pending.placement}: ${pending.table}` }]
      : []),
    {
      label: 'Registered',
      value: (
        <>
          <Time at={createdAt} />
          <div className="note">By {createdBy}</div>
        </>
      ),
    },
    {
      label: 'Latest change of the record',
      value: (
        <>
          <Time at={updatedAt} />
          <div className="note">By {updatedBy}</div>
        </>
      ),
    },
  ];
};
