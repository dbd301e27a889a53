import './tenants.css';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useMemo } from 'react';
import { statusOf } from '../../api/problem.ts';
import type { TenantRow } from '../../api/schema.ts';
import { useCountedNames } from '../../api/use-counted-names.ts';
import { useGet } from '../../api/use-get.ts';
import { CountedBar } from '../../parts/counted-bar.tsx';
import { Empty } from '../../parts/empty.tsx';
import { heading } from '../../parts/formats.ts';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { paths, TenantLink, To } from '../../parts/to.tsx';
import { useSearchState } from '../../parts/use-search-state.ts';
import { ListPages } from './list-pages.tsx';
import { TenantFilters } from './tenant-filters.tsx';
import { FILTERS, type Filters, isFiltered, tenantRequest, withFirstPage } from './tenant-query.ts';

const BAD_REQUEST = 400;

const Outlook = ({ lockedBy, decision }: Pick<TenantRow, 'lockedBy' | 'decision'>) => {
  if (lockedBy !== null)
    return (
      <StatusIndicator type="in-progress">
        <To path={paths.migration(lockedBy)}>Under way</To>
      </StatusIndicator>
    );
  if (decision.kind === 'stay') return <span className="note">No move due</span>;
  return (
    <>
      <StatusIndicator type={decision.kind === 'move' ? 'info' : 'warning'}>
        {decision.kind === 'move' ? `Moves to ${decision.tier}` : 'Needs an operator'}
      </StatusIndicator>
      <div className="note">{decision.reason}</div>
    </>
  );
};

const columns = (counted: string): readonly TableProps.ColumnDefinition<TenantRow>[] => [
  {
    id: 'tenant',
    header: 'Tenant',
    isRowHeader: true,
    minWidth: 160,
    cell: ({ tenantId, name }) => (
      <>
        <TenantLink tenantId={tenantId} />
        <div className="note">{name}</div>
      </>
    ),
  },
  {
    id: 'counted',
    header: heading(counted),
    minWidth: 205,
    cell: ({ schoolCount, maxSchools }) => <CountedBar used={schoolCount} limit={maxSchools} />,
  },
  {
    id: 'tier',
    header: 'Tier',
    minWidth: 120,
    cell: ({ tier, placement }) => (placement === 'dedicated' ? `${tier}, dedicated` : tier),
  },
  {
    id: 'table',
    header: 'Table',
    minWidth: 240,
    cell: ({ table }) => <To path={`${paths.tenants}?${new URLSearchParams({ table })}`}>{table}</To>,
  },
  { id: 'outlook', header: 'State', minWidth: 165, cell: Outlook },
  {
    id: 'start',
    header: 'Action',
    minWidth: 100,
    cell: ({ tenantId, lockedBy }) =>
      lockedBy === null ? (
        <To path={paths.start(tenantId)} ariaLabel={`Plan a move of ${tenantId}`}>
          Plan
        </To>
      ) : (
        '–'
      ),
  },
];

/** The tenants: found, filtered, sorted and paged by the server; each state of the list is a link. */
export const Tenants = () => {
  const [filters, change] = useSearchState(FILTERS);
  const request = useMemo(() => tenantRequest(filters), [filters]);
  const list = useGet('/tenants', { query: request.query });
  const { labels } = useCountedNames();
  const columnDefinitions = useMemo(() => columns(labels), [labels]);
  const { tenants = [], cursor: next = null } = list.data?.value ?? {};
  const retry = () => {
    // a cursor of a list that has changed its filters in the meantime
    if (statusOf(list.error) === BAD_REQUEST && filters.cursor !== '') change(withFirstPage({}));
    else void list.refetch();
  };
  return (
    <Page title="Tenants">
      {list.error && <ProblemAlert error={list.error} onRetry={retry} />}
      <Table
        items={tenants}
        columnDefinitions={columnDefinitions}
        trackBy="tenantId"
        loading={list.isPending}
        loadingText="Reading the tenants"
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Tenants' }}
        wrapLines
        header={
          <Header
            actions={
              <Button disabled={!isFiltered(filters)} onClick={() => change({ ...FILTERS })}>
                Clear filters
              </Button>
            }
          >
            List of tenants
          </Header>
        }
        filter={<TenantFilters filters={filters} request={request} onChange={change} />}
        empty={<NoTenants filters={filters} hasMore={next !== null} />}
        footer={
          <ListPages
            cursor={filters.cursor}
            page={filters.page}
            rows={tenants.length}
            next={next}
            onChange={change}
          />
        }
      />
    </Page>
  );
};

const NoTenants = ({ filters, hasMore }: { readonly filters: Filters; readonly hasMore: boolean }) => {
  if (hasMore) return <Empty title="No match on this page">The list continues on the next page.</Empty>;
  if (isFiltered(filters))
    return (
      <Empty title="No tenant matches">
        Check the spelling (a search compares beginnings), or clear a filter.
      </Empty>
    );
  return (
    <Empty title="There is no tenant yet">
      Register the first one: <code>tierferry tenant add</code>.
    </Empty>
  );
};
