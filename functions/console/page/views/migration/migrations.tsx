import './migrations.css';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useEffect, useId, useState } from 'react';
import { sentence } from '../../api/problem.ts';
import type { MigrationRow } from '../../api/schema.ts';
import { useList } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { isClosed, MigrationStatus, STATUS_LABELS, type Status } from '../../parts/migration-status.tsx';
import { More } from '../../parts/more.tsx';
import { Page } from '../../parts/page.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { Elapsed, Time } from '../../parts/time.tsx';
import { paths, TenantLink, To } from '../../parts/to.tsx';
import { useSearchState } from '../../parts/use-search-state.ts';

const DEFAULTS = { tenant: '', status: '' };
/** Time after a keystroke in which nothing is asked for yet, in ms. */
const TYPING_MS = 300;

const statuses = Object.entries(STATUS_LABELS);
const statusIn = (text: string): Status | undefined => {
  const found = statuses.find(([name]) => name === text)?.[0];
  // the keys of the labels are the statuses
  return found as Status | undefined;
};

const COLUMNS: readonly TableProps.ColumnDefinition<MigrationRow>[] = [
  {
    id: 'tenant',
    header: 'Tenant',
    isRowHeader: true,
    minWidth: 150,
    cell: ({ tenantId }) => <TenantLink tenantId={tenantId} />,
  },
  {
    id: 'status',
    header: 'Status',
    minWidth: 220,
    cell: (migration) => (
      <span className="migrations-line">
        <MigrationStatus migration={migration} />
      </span>
    ),
  },
  {
    id: 'way',
    header: 'Move',
    minWidth: 150,
    cell: (row) => <span className="migrations-line">{transferOf(row)}</span>,
  },
  {
    id: 'requested',
    header: 'Requested',
    minWidth: 220,
    cell: ({ requestedAt, requestedBy, reason }) => (
      <>
        <Time at={requestedAt} />
        <div className="note">
          {requestedBy}: {sentence(reason)}
        </div>
      </>
    ),
  },
  {
    id: 'for',
    header: 'Took',
    minWidth: 120,
    cell: ({ requestedAt, updatedAt, status }) => (
      <span className="migrations-line">
        <Elapsed from={requestedAt} to={isClosed(status) ? updatedAt : undefined} />
      </span>
    ),
  },
  {
    id: 'open',
    header: 'Open',
    minWidth: 160,
    cell: ({ migrationId, tenantId, status, dryRun }) => (
      <span className="migrations-links">
        <To path={paths.migration(migrationId)} ariaLabel={`Open the migration of ${tenantId}`}>
          Migration
        </To>
        {isClosed(status) && !dryRun && (
          <To path={paths.report(migrationId)} ariaLabel={`Open the report of ${tenantId}`}>
            Report
          </To>
        )}
      </span>
    ),
  },
];

/** All migrations, the latest first, with filters that stand in the address. */
export const Migrations = () => {
  const [filters, change] = useSearchState(DEFAULTS);
  const { tenant, status } = filters;
  const wanted = statusIn(status);
  const query = { ...(tenant === '' ? {} : { tenant }), ...(wanted === undefined ? {} : { status: wanted }) };
  const list = useList('/migrations', { query });
  const isFiltered = tenant !== '' || status !== '';
  return (
    <Page
      title="Migrations"
      description="Moves and dry runs, the latest first"
      actions={<To path="/compare">Compare two reports</To>}
    >
      <SpaceBetween size="m">
        <Filters tenant={tenant} status={status} onChange={change} />
        <Loaded of={list} lines={12}>
          {(pages) => {
            const rows = pages.flatMap(({ value }) => value.migrations);
            return (
              <Table
                items={rows}
                columnDefinitions={COLUMNS}
                trackBy="migrationId"
                wrapLines
                enableKeyboardNavigation
                ariaLabels={{ tableLabel: 'Migrations' }}
                header={<Header counter={`(${rows.length}${list.hasNextPage ? '+' : ''})`}>Found</Header>}
                empty={
                  isFiltered ? (
                    <Empty title="No migration is found">Change the filters to see others.</Empty>
                  ) : (
                    <Empty title="There has been no migration">
                      Begin one from <To path={paths.tenants}>a tenant</To>.
                    </Empty>
                  )
                }
                footer={
                  <More
                    unit="migrations"
                    shown={rows.length}
                    hasMore={list.hasNextPage}
                    isLoading={list.isFetchingNextPage}
                    onMore={() => void list.fetchNextPage()}
                  />
                }
              />
            );
          }}
        </Loaded>
      </SpaceBetween>
    </Page>
  );
};

interface FiltersProps {
  readonly tenant: string;
  readonly status: string;
  readonly onChange: (change: Partial<typeof DEFAULTS>) => void;
}

const Filters = ({ tenant, status, onChange }: FiltersProps) => {
  const [typed, setTyped] = useState(tenant);
  const id = useId();
  useEffect(() => setTyped(tenant), [tenant]);
  useEffect(() => {
    if (typed.trim() === tenant) return undefined;
    const timer = setTimeout(() => onChange({ tenant: typed.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, tenant, onChange]);
  return (
    <div className="migrations-filters">
      <Input
        type="search"
        value={typed}
        placeholder="Tenant’s id"
        ariaLabel="Id of the tenant"
        clearAriaLabel="Clear"
        onChange={({ detail }) => setTyped(detail.value)}
      />
      <label htmlFor={id}>Status</label>
      <select id={id} value={status} onChange={({ target }) => onChange({ status: target.value })}>
        <option value="">Any</option>
        {statuses.map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
};
