import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { sentence } from '../../api/problem.ts';
import type { MigrationDetail } from '../../api/schema.ts';
import { ActionBar } from '../../parts/action-bar.tsx';
import { count, counted } from '../../parts/formats.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { MigrationStatus } from '../../parts/migration-status.tsx';
import { StageLane } from '../../parts/stage-lane.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { Countdown } from '../../parts/time.tsx';
import { MigrationLink } from '../../parts/to.tsx';
import { useProgress } from './use-progress.ts';

/** The copy's progress comes without events, so it is asked for, in ms. */
const PROGRESS_MS = 2_000;
const SHOWN = ['pause', 'resume', 'cutover', 'cancel', 'rollback', 'retry'] as const;

/** The open migration of a tenant, with its actions. */
export const OpenMigration = ({ migrationId }: { readonly migrationId: string }) => {
  const detail = useProgress(migrationId, PROGRESS_MS);
  return (
    <Loaded of={detail} lines={5}>
      {({ value }) => <Panel detail={value} />}
    </Loaded>
  );
};

const Panel = ({ detail }: { readonly detail: MigrationDetail }) => {
  const { migration, execution, items, rollbackUntil, actions, actionsTag, next } = detail;
  const { migrationId, tenantId, requestedBy, reason } = migration;
  // buttons for what is possible now; the rest is in the menu with its reasons
  const shown = SHOWN.filter((name) => actions.some((one) => one.name === name && one.allowed));
  return (
    <Container
      header={
        <Header
          description={
            <>
              {transferOf(migration)}, <MigrationLink migrationId={migrationId} />. Requested by {requestedBy}
              : {sentence(reason)}
            </>
          }
          actions={
            <ActionBar
              actions={actions}
              steered={{ migrationId, tenantId, actionsTag }}
              shown={shown}
              primary={next?.action}
            />
          }
        >
          Migration under way
        </Header>
      }
    >
      <SpaceBetween size="s">
        <div className="open-migration">
          <MigrationStatus migration={{ ...migration, execution }} />
          {items.total > 0 && migration.status === 'copying' && (
            <span className="note">
              {count(items.copied)} of {count(items.total)} items copied
            </span>
          )}
          {migration.convergence && (
            <span className="note">
              {counted(migration.convergence.backlog, 'change')} left to apply
              {migration.convergence.notConverging && ': they arrive faster than they are applied'}
            </span>
          )}
          {rollbackUntil !== null && (
            <span className="note">
              Safe to roll back for <Countdown until={rollbackUntil} />
            </span>
          )}
        </div>
        <StageLane migration={migration} copied={items.total > 0 ? items.copied / items.total : undefined} />
      </SpaceBetween>
    </Container>
  );
};
