import './report.css';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useId } from 'react';
import { statusOf } from '../../api/problem.ts';
import type { MigrationRow } from '../../api/schema.ts';
import { useGet, useList } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { Skeleton } from '../../parts/loaded.tsx';
import { isClosed, STATUS_LABELS } from '../../parts/migration-status.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { utc } from '../../parts/time.tsx';
import { paths, To } from '../../parts/to.tsx';
import { useSearchState } from '../../parts/use-search-state.ts';
import { FactTable } from './fact-table.tsx';
import { compareRows } from './report-facts.ts';

const DEFAULTS = { left: '', right: '' };

/** Two reports side by side. */
export const Compare = () => {
  const [{ left, right }, change] = useSearchState(DEFAULTS);
  const list = useList('/migrations', {});
  const ended = (list.data ?? [])
    .flatMap(({ value }) => value.migrations)
    .filter(({ status, dryRun }) => isClosed(status) && !dryRun);
  return (
    <Page title="Compare two reports" description="What was different between two moves">
      <Container header={<Header>Reports</Header>}>
        <div className="compare-choice">
          <Choice label="Left" value={left} ended={ended} onChange={(id) => change({ left: id })} />
          <Choice label="Right" value={right} ended={ended} onChange={(id) => change({ right: id })} />
        </div>
        {list.hasNextPage && (
          <p className="note">
            The latest migrations are listed. For an older one, open its report and choose Compare there.
          </p>
        )}
      </Container>
      <Container
        header={<Header description="The difference is relative to the left value">Side by side</Header>}
      >
        {left === '' || right === '' ? (
          <Empty title="Choose two reports">
            Each of them stands in the address, so that this view is a link.
          </Empty>
        ) : (
          <Compared left={left} right={right} />
        )}
      </Container>
    </Page>
  );
};

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly ended: readonly MigrationRow[];
  readonly onChange: (migrationId: string) => void;
}

const Choice = ({ label, value, ended, onChange }: ChoiceProps) => {
  const id = useId();
  const isListed = value === '' || ended.some(({ migrationId }) => migrationId === value);
  return (
    <div className="compare-one">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">Choose a migration</option>
        {!isListed && <option value={value}>{value}</option>}
        {ended.map((migration) => (
          <option key={migration.migrationId} value={migration.migrationId}>
            {migration.tenantId}, {transferOf(migration)}, {STATUS_LABELS[migration.status].toLowerCase()},{' '}
            {utc(migration.requestedAt)}
          </option>
        ))}
      </select>
      {value !== '' && <To path={paths.report(value)}>Open this report</To>}
    </div>
  );
};

const Compared = ({ left, right }: { readonly left: string; readonly right: string }) => {
  const one = useGet('/migrations/{migrationId}/report', { params: { migrationId: left } });
  const other = useGet('/migrations/{migrationId}/report', { params: { migrationId: right } });
  const failed = [one, other].find(({ error, data }) => error && !data);
  if (failed)
    return statusOf(failed.error) === 404 ? (
      <Empty title={`${failed === one ? 'The left' : 'The right'} migration has no report`}>
        Choose one that has ended.
      </Empty>
    ) : (
      <ProblemAlert error={failed.error} onRetry={() => void failed.refetch()} />
    );
  if (!one.data || !other.data) return <Skeleton lines={12} />;
  const rows = compareRows(one.data.value.report, other.data.value.report);
  return (
    <FactTable
      label="Side by side"
      columns={['Property', 'Left', 'Right', 'Difference']}
      rows={rows.map(({ label, left: a, right: b, change }) => ({
        key: label,
        cells: [label, a, b, change],
      }))}
    />
  );
};
