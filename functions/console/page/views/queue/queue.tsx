import Alert from '@cloudscape-design/components/alert';
import Badge from '@cloudscape-design/components/badge';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { sentence } from '../../api/problem.ts';
import type { Queue } from '../../api/schema.ts';
import { useCountedNames } from '../../api/use-counted-names.ts';
import { useGet } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { counted } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { MigrationStatus } from '../../parts/migration-status.tsx';
import { Page } from '../../parts/page.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { Elapsed } from '../../parts/time.tsx';
import { paths, TenantLink, To } from '../../parts/to.tsx';

type QueuedRow = Queue['waiting'][number];
type RunningMigrations = Queue['running'][number];
type StoppedRow = Queue['stopped'][number];
type Column<Row> = TableProps.ColumnDefinition<Row>;

const OpenLink = ({ migrationId, tenantId }: Pick<StoppedRow, 'migrationId' | 'tenantId'>) => (
  <To path={paths.migration(migrationId)} ariaLabel={`Open the migration of ${tenantId}`}>
    Open
  </To>
);

const waitsForWords = ({ waitsFor, source, target }: QueuedRow, { limits }: Queue): string => {
  switch (waitsFor) {
    case 'total':
      return `${counted(limits.total, 'migration is', 'migrations are')} under way, which is the most at once.`;
    case 'perSource':
      return `${counted(limits.perSource, 'tenant is', 'tenants are')} leaving ${source.table}, which is the most at once.`;
    case 'perTarget':
      return `${counted(limits.perTarget, 'tenant is', 'tenants are')} moving into tier ${target.tier}, which is the most at once.`;
    case null:
      return 'It is admitted next.';
  }
};

/** Columns for the tenant of a row's migration, and its move. */
const moveColumns = <Row,>(
  migrationOf: (row: Row) => Pick<StoppedRow, 'tenantId' | 'source' | 'target'>,
): readonly Column<Row>[] => [
  {
    id: 'tenant',
    header: 'Tenant',
    isRowHeader: true,
    minWidth: 150,
    cell: (row) => <TenantLink tenantId={migrationOf(row).tenantId} />,
  },
  { id: 'way', header: 'Move', minWidth: 170, cell: (row) => transferOf(migrationOf(row)) },
];

const waitingColumns = (queue: Queue): readonly Column<QueuedRow & { readonly turn: number }>[] => [
  { id: 'turn', header: 'Turn', cell: ({ turn }) => turn },
  ...moveColumns<QueuedRow & { readonly turn: number }>((row) => row),
  {
    id: 'for',
    header: 'Waiting for',
    minWidth: 130,
    cell: ({ requestedAt }) => <Elapsed from={requestedAt} />,
  },
  {
    id: 'priority',
    header: 'Priority',
    cell: ({ urgent }) => (urgent ? <Badge color="severity-high">Urgent</Badge> : 'Normal'),
  },
  {
    id: 'waits',
    header: 'It waits because',
    minWidth: 260,
    cell: (one) => (
      <>
        {waitsForWords(one, queue)}
        <div className="note">
          Requested by {one.requestedBy}: {sentence(one.reason)}
        </div>
      </>
    ),
  },
  { id: 'open', header: 'Migration', cell: OpenLink },
];

const UNDER_WAY: readonly Column<RunningMigrations>[] = [
  ...moveColumns<RunningMigrations>(({ migration }) => migration),
  {
    id: 'status',
    header: 'Status',
    minWidth: 220,
    cell: ({ migration }) => <MigrationStatus migration={migration} />,
  },
  { id: 'for', header: 'Admitted for', cell: ({ since }) => <Elapsed from={since} /> },
  { id: 'open', header: 'Migration', cell: ({ migration }) => <OpenLink {...migration} /> },
];

const STOPPED: readonly Column<StoppedRow>[] = [
  ...moveColumns<StoppedRow>((row) => row),
  {
    id: 'status',
    header: 'Status',
    minWidth: 220,
    cell: (migration) => <MigrationStatus migration={{ ...migration, execution: 'stopped' }} />,
  },
  { id: 'since', header: 'Unchanged for', cell: ({ updatedAt }) => <Elapsed from={updatedAt} /> },
  { id: 'open', header: 'Migration', cell: OpenLink },
];

/** The migrations that have stopped, that are under way, and that wait, with what they wait for. */
export const QueueView = () => {
  const queue = useGet('/queue', {});
  return (
    <Page
      title="Queue"
      description="Migrations are admitted a few at a time: the urgent ones first, then the oldest request."
    >
      <Loaded of={queue} lines={10}>
        {({ value }) => <Tables queue={value} />}
      </Loaded>
    </Page>
  );
};

const Tables = ({ queue }: { readonly queue: Queue }) => {
  const { stopped, running, waiting, damaged, limits } = queue;
  const { labels } = useCountedNames();
  return (
    <SpaceBetween size="l">
      {damaged !== null && (
        <Alert type="error" header="No migration is admitted">
          {sentence(damaged)} Repair the record: see <To path={paths.doctor}>the doctor</To>.
        </Alert>
      )}
      {stopped.length > 0 && (
        <Table
          items={stopped}
          columnDefinitions={STOPPED}
          trackBy="migrationId"
          wrapLines
          enableKeyboardNavigation
          ariaLabels={{ tableLabel: 'Stopped migrations' }}
          header={
            <Header
              counter={`(${stopped.length})`}
              description="Their executions have stopped, and nothing continues until they are retried. They still count as running."
            >
              Stopped
            </Header>
          }
        />
      )}
      <Table
        items={running}
        columnDefinitions={UNDER_WAY}
        trackBy={({ migration }) => migration.migrationId}
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Migrations under way' }}
        empty={<Empty title="No migration is under way">Begin one from a tenant.</Empty>}
        header={
          <Header
            counter={`(${running.length})`}
            description={`At most ${limits.total} at once, ${limits.perSource} from one table, ${limits.perTarget} into the shared tables of one tier; until the flip.`}
          >
            Under way
          </Header>
        }
      />
      <Table
        items={waiting.map((one, n) => ({ ...one, turn: n + 1 }))}
        columnDefinitions={waitingColumns(queue)}
        trackBy="migrationId"
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Waiting migrations' }}
        empty={
          <Empty title="The queue is empty">Every migration that was requested has been admitted.</Empty>
        }
        header={
          <Header
            counter={`(${waiting.length})`}
            description={`A tenant with ${limits.urgentShare} times the ${labels} that its tier holds is urgent.`}
          >
            Waiting
          </Header>
        }
      />
    </SpaceBetween>
  );
};
