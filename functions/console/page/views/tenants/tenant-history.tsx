import Header from '@cloudscape-design/components/header';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { sentence } from '../../api/problem.ts';
import type { MigrationRow } from '../../api/schema.ts';
import { Empty } from '../../parts/empty.tsx';
import { isClosed, MigrationStatus } from '../../parts/migration-status.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { Elapsed, Time } from '../../parts/time.tsx';
import { MigrationLink, paths, To } from '../../parts/to.tsx';

/** Returns the path of the view that shows a dry run's plan and starts its migration. */
const planPath = ({ tenantId, migrationId }: MigrationRow): string =>
  `${paths.start(tenantId)}&plan=${encodeURIComponent(migrationId)}`;

const Documents = (migration: MigrationRow) => {
  const { migrationId, status, dryRun } = migration;
  if (!isClosed(status)) return '–';
  if (!dryRun)
    return (
      <To path={paths.report(migrationId)} ariaLabel={`Report of ${migrationId}`}>
        Report
      </To>
    );
  return status === 'completed' ? (
    <To path={planPath(migration)} ariaLabel={`Plan of ${migrationId}`}>
      Plan
    </To>
  ) : (
    '–'
  );
};

const COLUMNS: readonly TableProps.ColumnDefinition<MigrationRow>[] = [
  {
    id: 'migration',
    header: 'Migration',
    isRowHeader: true,
    minWidth: 250,
    cell: ({ migrationId, requestedBy, reason }) => (
      <>
        <MigrationLink migrationId={migrationId} />
        <div className="note">
          {requestedBy}: {sentence(reason)}
        </div>
      </>
    ),
  },
  {
    id: 'way',
    header: 'Move',
    minWidth: 170,
    cell: (migration) => (
      <>
        {transferOf(migration)}
        {migration.dryRun && <div className="note">Dry run</div>}
        {migration.retryOf !== undefined && <div className="note">Retry</div>}
      </>
    ),
  },
  {
    id: 'status',
    header: 'Status',
    minWidth: 190,
    cell: (migration) => <MigrationStatus migration={migration} />,
  },
  {
    id: 'requested',
    header: 'Requested',
    minWidth: 160,
    cell: ({ requestedAt }) => <Time at={requestedAt} />,
  },
  {
    id: 'took',
    header: 'Duration',
    minWidth: 110,
    cell: ({ requestedAt, updatedAt, status }) => (
      <Elapsed from={requestedAt} to={isClosed(status) ? updatedAt : undefined} />
    ),
  },
  { id: 'documents', header: 'Result', minWidth: 80, cell: Documents },
];

interface TenantHistoryProps {
  readonly tenantId: string;
  readonly migrations: readonly MigrationRow[];
}

/** The latest migrations and dry runs of a tenant. */
export const TenantHistory = ({ tenantId, migrations }: TenantHistoryProps) => (
  <Table
    items={migrations}
    columnDefinitions={COLUMNS}
    trackBy="migrationId"
    wrapLines
    enableKeyboardNavigation
    ariaLabels={{ tableLabel: 'Migrations of the tenant' }}
    header={
      <Header
        description="Latest first, dry runs included"
        actions={
          <To path={`${paths.migrations}?${new URLSearchParams({ tenant: tenantId })}`}>All migrations</To>
        }
      >
        History
      </Header>
    }
    empty={
      <Empty title="The tenant has never been moved">
        <To path={paths.start(tenantId)}>Plan a move</To> to see what it would take.
      </Empty>
    }
  />
);
