import { useGet } from '../../api/use-get.ts';
import { Empty } from '../../parts/empty.tsx';
import { MigrationStatus } from '../../parts/migration-status.tsx';
import { StageLane } from '../../parts/stage-lane.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { paths, To } from '../../parts/to.tsx';
import type { OpenMigration } from './open-migrations.ts';

/** The copy's progress comes without events, so it is asked for, in ms. */
const PROGRESS_MS = 2_000;

/** The migrations under way, each as a lane over the five stages. */
export const Lanes = ({ migrations }: { readonly migrations: readonly OpenMigration[] }) => {
  if (migrations.length === 0)
    return (
      <Empty title="No migration is under way">
        Begin one from <To path={paths.tenants}>a tenant</To>.
      </Empty>
    );
  return (
    <ul className="lanes">
      {migrations.map((migration) => (
        <Lane key={migration.migrationId} migration={migration} />
      ))}
    </ul>
  );
};

const Lane = ({ migration }: { readonly migration: OpenMigration }) => {
  const { migrationId, tenantId, status, paused, execution } = migration;
  const isCopying = status === 'copying' && execution !== 'stopped';
  const { data } = useGet(
    '/migrations/{migrationId}',
    { params: { migrationId } },
    { enabled: status === 'copying', ...(isCopying && !paused ? { everyMs: PROGRESS_MS } : {}) },
  );
  const items = data?.value.items;
  const copied = items && items.total > 0 ? items.copied / items.total : undefined;
  return (
    <li>
      <div>
        <To path={paths.migration(migrationId)} ariaLabel={`Migration of ${tenantId}`}>
          {tenantId}
        </To>
        <div className="note">{transferOf(migration)}</div>
        <MigrationStatus migration={migration} />
      </div>
      <StageLane migration={migration} copied={copied} />
    </li>
  );
};
