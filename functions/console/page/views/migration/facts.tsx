import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { ReactNode } from 'react';
import { sentence } from '../../api/problem.ts';
import type { MigrationDetail } from '../../api/schema.ts';
import { duration } from '../../parts/formats.ts';
import { isClosed } from '../../parts/migration-status.tsx';
import { Time } from '../../parts/time.tsx';
import { MigrationLink, paths, TenantLink, To } from '../../parts/to.tsx';
import { executionLink } from './execution-link.ts';

/** The request: what was asked for, by whom, and where else to look. */
export const Facts = ({ detail }: { readonly detail: MigrationDetail }) => {
  const { migration, executionArn } = detail;
  const { tenantId, source, target, attempt, holdMs, retryOf, finalBackup } = migration;
  const link = executionLink(executionArn);
  return (
    <Container header={<Header>Request</Header>}>
      <dl className="mig-facts">
        <Fact label="Tenant">
          <TenantLink tenantId={tenantId} />
        </Fact>
        <Fact label="Source">
          {source.table} ({source.tier}, {source.placement})
        </Fact>
        <Fact label="Target">
          {target.table ?? 'table not reserved yet'} ({target.tier}, {target.placement})
        </Fact>
        <Fact label="Requested">
          <Time at={migration.requestedAt} /> by {migration.requestedBy}: {sentence(migration.reason)}
        </Fact>
        <Fact label="Hold after the flip">{duration(holdMs)}</Fact>
        <Fact label="Attempt">{attempt}</Fact>
        {retryOf !== undefined && (
          <Fact label="Retry of">
            <MigrationLink migrationId={retryOf} />
          </Fact>
        )}
        {finalBackup !== undefined && <Fact label="Last backup of the source">{finalBackup}</Fact>}
        <Fact label="Report">
          <ReportFact detail={detail} />
        </Fact>
        <Fact label="Execution">
          {link === undefined ? (
            <code>{executionArn ?? 'not known'}</code>
          ) : (
            <a className="link" href={link} target="_blank" rel="noreferrer">
              Open in the Step Functions console (new tab)
            </a>
          )}
        </Fact>
      </dl>
    </Container>
  );
};

const ReportFact = ({ detail: { migration, actions, next } }: { readonly detail: MigrationDetail }) => {
  if (migration.dryRun) return 'A dry run ends with a plan and has no report.';
  const path = paths.report(migration.migrationId);
  const namesReport = [next, ...actions.map((action) => action.next)].some((one) => one?.action === 'report');
  if (isClosed(migration.status) || namesReport) return <To path={path}>Open the report</To>;
  if (migration.flippedAt === undefined) return 'It comes when the migration has ended.';
  return (
    <>
      It comes when the migration has ended, or when a key has to be looked at.{' '}
      <To path={path}>Look for it</To>
    </>
  );
};

const Fact = ({ label, children }: { readonly label: string; readonly children: ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);
