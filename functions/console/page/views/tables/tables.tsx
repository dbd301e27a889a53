import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import Toggle from '@cloudscape-design/components/toggle';
import { lazy, Suspense, useState } from 'react';
import { isPassing } from '../../api/problem.ts';
import type { TableRow, TierTable } from '../../api/schema.ts';
import { useGet, useList } from '../../api/use-get.ts';
import { useRoleRefusal } from '../../api/use-role.ts';
import { Empty } from '../../parts/empty.tsx';
import { counted } from '../../parts/formats.ts';
import { More } from '../../parts/more.tsx';
import { occupancyOf } from '../../parts/occupancy.ts';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { TableCapacity } from '../../parts/table-capacity.tsx';
import { MigrationLink, paths, TenantLink, To } from '../../parts/to.tsx';
import { useSearchState } from '../../parts/use-search-state.ts';
import { keepFocusInView } from '../../shell/keep-focus.ts';

const RetireDialog = lazy(() =>
  import('./retire-dialog.tsx').then((part) => ({ default: part.RetireDialog })),
);

const DEFAULTS = { tier: '', all: 'false' };

/** A state of a table in words, with the symbol that goes with it. */
const TableState = ({ state }: Pick<TierTable, 'state'>) => {
  if (state === 'active') return <StatusIndicator type="success">Active</StatusIndicator>;
  if (state === 'retiring') return <StatusIndicator type="warning">Retiring</StatusIndicator>;
  if (state === 'dropping') return <StatusIndicator type="in-progress">Dropping</StatusIndicator>;
  return <StatusIndicator type="stopped">Dropped</StatusIndicator>;
};

const tenantsIn = (table: string): string => `${paths.tenants}?${new URLSearchParams({ table })}`;

const columns = (onChange: (table: TableRow) => void): readonly TableProps.ColumnDefinition<TableRow>[] => [
  {
    id: 'table',
    header: 'Table',
    isRowHeader: true,
    minWidth: 235,
    cell: ({ table, tier, tenantId, createdBy, isAdopted }) => (
      <>
        <To path={tenantsIn(table)}>{table}</To>
        <div className="note">
          {tier}
          {tenantId !== undefined && (
            <>
              , dedicated to <TenantLink tenantId={tenantId} />
            </>
          )}
          {createdBy !== undefined && (
            <>
              , created by <MigrationLink migrationId={createdBy} />
            </>
          )}
          {isAdopted && ', older than Tierferry'}
        </div>
      </>
    ),
  },
  {
    id: 'occupancy',
    header: 'Tenants',
    minWidth: 215,
    cell: (table) => {
      const { used, limit, free, coming, departing } = occupancyOf(table);
      return (
        <>
          <ShareBar
            used={used}
            limit={limit}
            unit={limit === 1 ? 'tenant' : 'tenants'}
            nearAt={table.placement === 'dedicated' ? 2 : 0.8}
          />
          <div className="note">
            {[
              counted(free, 'free slot'),
              ...(coming > 0 ? [`${coming} coming`] : []),
              ...(departing > 0 ? [`${departing} leaving`] : []),
            ].join(', ')}
          </div>
        </>
      );
    },
  },
  {
    id: 'capacity',
    header: 'Capacity',
    minWidth: 270,
    cell: (table) => <TableCapacity table={table} />,
  },
  { id: 'state', header: 'State', minWidth: 130, cell: ({ state }) => <TableState state={state} /> },
  {
    id: 'actions',
    header: 'Action',
    minWidth: 125,
    cell: (table) => <ChangeButton table={table} onChange={onChange} />,
  },
];

interface ChangeButtonProps {
  readonly table: TableRow;
  readonly onChange: (table: TableRow) => void;
}

const ChangeButton = ({ table, onChange }: ChangeButtonProps) => {
  const { state, placement, table: name } = table;
  const roleRefusal = useRoleRefusal('admin');
  if (placement === 'dedicated' || state === 'dropping' || state === 'dropped') return '–';
  const label = state === 'active' ? 'Retire' : 'Reinstate';
  return (
    <Button
      variant="inline-link"
      ariaLabel={`${label} ${name}`}
      disabled={roleRefusal !== undefined}
      {...(roleRefusal === undefined ? {} : { disabledReason: roleRefusal })}
      onClick={() => onChange(table)}
    >
      {label}
    </Button>
  );
};

/** The tier tables: how full they are, who comes and goes, and which are being retired. */
export const Tables = () => {
  const [filters, change] = useSearchState(DEFAULTS);
  const { tier, all } = filters;
  const list = useList('/tables', {
    query: { ...(tier === '' ? {} : { tier }), ...(all === 'true' ? { all } : {}) },
  });
  const [changing, setChanging] = useState<TableRow>();
  const dismiss = () => {
    setChanging(undefined);
    keepFocusInView();
  };
  const tables = list.data?.flatMap(({ value }) => value.tables) ?? [];
  return (
    <Page title="Tables">
      {list.error && !(list.data && isPassing(list.error)) && (
        <ProblemAlert error={list.error} onRetry={() => void list.refetch()} />
      )}
      <Table
        items={tables}
        columnDefinitions={columns(setChanging)}
        trackBy="table"
        loading={list.isPending}
        loadingText="Reading the tables"
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Tier tables' }}
        wrapLines
        header={
          <Header
            counter={list.data && `(${tables.length}${list.hasNextPage ? '+' : ''})`}
            description="Capacity is what a table is configured with, not what is used of it. Below it is what the limits of migrations allow them to use."
          >
            Tier tables
          </Header>
        }
        filter={<Filters filters={filters} onChange={change} />}
        empty={
          <Empty title="No table is like this">
            The first table of a tier is created with its first tenant: <code>tierferry tenant add</code>.
          </Empty>
        }
        footer={
          <More
            unit="tables"
            shown={tables.length}
            hasMore={list.hasNextPage}
            isLoading={list.isFetchingNextPage}
            onMore={() => void list.fetchNextPage()}
          />
        }
      />
      {changing && (
        <Suspense>
          <RetireDialog table={changing} onDismiss={dismiss} />
        </Suspense>
      )}
    </Page>
  );
};

interface FiltersProps {
  readonly filters: typeof DEFAULTS;
  readonly onChange: (change: Partial<typeof DEFAULTS>) => void;
}

const Filters = ({ filters: { tier, all }, onChange }: FiltersProps) => {
  const { data } = useGet('/catalogue', {}, { isLive: false });
  const options = [
    { value: '', label: 'All tiers' },
    ...(data?.value.tiers.map(({ name }) => ({ value: name, label: name })) ?? []),
  ];
  return (
    <SpaceBetween direction="horizontal" size="m" alignItems="center">
      <Select
        ariaLabel="Tier"
        options={options}
        selectedOption={options.find(({ value }) => value === tier) ?? { value: tier, label: tier }}
        onChange={({ detail }) => onChange({ tier: detail.selectedOption.value ?? '' })}
      />
      <Toggle checked={all === 'true'} onChange={({ detail }) => onChange({ all: String(detail.checked) })}>
        Show dropped tables
      </Toggle>
    </SpaceBetween>
  );
};
