import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { sentence } from '../../api/problem.ts';
import type { MigrationDetail } from '../../api/schema.ts';
import { ActionButton } from '../../parts/action-bar.tsx';
import { count, percent } from '../../parts/formats.ts';
import { isClosed, MigrationStatus } from '../../parts/migration-status.tsx';
import { Elapsed, Time } from '../../parts/time.tsx';
import { MigrationLink } from '../../parts/to.tsx';

interface DryRunProps {
  readonly detail: MigrationDetail;
  readonly planAgain: ReactNode;
}

/** The dry run while it runs, and how it ended. */
export const DryRun = ({ detail, planAgain }: DryRunProps) => {
  const { migration, execution, actions, actionsTag } = detail;
  const { migrationId, tenantId, status, requestedBy, requestedAt, updatedAt } = migration;
  const isEnded = isClosed(status);
  const cancel = actions.find(({ name, allowed }) => name === 'cancel' && allowed);
  return (
    <Container
      header={
        <Header
          description={
            <>
              <MigrationLink migrationId={migrationId} />, by {requestedBy} at <Time at={requestedAt} />
            </>
          }
          actions={
            cancel && (
              <ActionButton
                action={cancel}
                label="Cancel the dry run"
                steered={{ migrationId, tenantId, actionsTag }}
              />
            )
          }
        >
          2. Dry run
        </Header>
      }
    >
      <SpaceBetween size="s">
        <div className="dry-run">
          <span role="status">
            <MigrationStatus migration={{ ...migration, execution }} />
          </span>
          <span className="note">
            {isEnded ? 'Took ' : 'For '}
            <Elapsed from={requestedAt} to={isEnded ? updatedAt : undefined} />
          </span>
          {!isEnded && <Progress detail={detail} />}
        </div>
        <Failure detail={detail} planAgain={planAgain} />
      </SpaceBetween>
    </Container>
  );
};

/** Share of the tenant's data that has been read. */
const Progress = ({ detail: { items } }: { readonly detail: MigrationDetail }) => {
  if (items.total === 0) return <span className="note">Reading the source table’s settings and keys</span>;
  const share = items.surveyed / items.total;
  return (
    <span className="note">
      {count(items.surveyed)} of {count(items.total)} items read ({percent(share)})
    </span>
  );
};

const Failure = ({ detail, planAgain }: Pick<DryRunProps, 'detail' | 'planAgain'>) => {
  const { migration, execution, stoppedBy } = detail;
  const { status, failure, cancellation } = migration;
  if (status === 'completed') return null;
  if (isClosed(status))
    return (
      <Alert
        type={status === 'cancelled' ? 'info' : 'error'}
        header={status === 'cancelled' ? 'The dry run was cancelled' : 'The dry run has failed'}
        action={planAgain}
      >
        {failure && sentence(failure.cause)}{' '}
        {cancellation && `By ${cancellation.by}: ${sentence(cancellation.reason)}`} Nothing was changed.
      </Alert>
    );
  if (execution !== 'stopped') return null;
  return (
    <Alert type="error" header="The dry run has stopped" action={planAgain}>
      {stoppedBy && sentence(stoppedBy.cause)} Nothing was changed.
    </Alert>
  );
};
