import './migration.css';
import { lazy, Suspense, useMemo } from 'react';
import { useParams } from 'wouter';
import type { MigrationDetail } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { ActionBar } from '../../parts/action-bar.tsx';
import { Loaded, Skeleton } from '../../parts/loaded.tsx';
import { isClosed } from '../../parts/migration-status.tsx';
import { Page } from '../../parts/page.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { AuditTrail } from './audit-trail.tsx';
import { Charts } from './charts.tsx';
import { Cutover } from './cutover.tsx';
import { Facts } from './facts.tsx';
import { figuresFreshness, isWorkingNow } from './freshness.ts';
import { Limits } from './limits.tsx';
import { Overview } from './overview.tsx';
import { passOf } from './pass.ts';
import { Segments } from './segments.tsx';
import { primaryAction, shownActions } from './shown-actions.ts';
import { useSamples } from './use-samples.ts';

const PlanSummary = lazy(() => import('./plan-summary.tsx').then((part) => ({ default: part.PlanSummary })));

/** Figures come without events while a migration works, in ms. */
const FIGURES_MS = 2_000;
/** So do changes of its record that are no event, such as its convergence, in ms. */
const DETAIL_MS = 5_000;

/** A migration: where it stands, what sets its pace, and what can be done about it. */
export const MigrationView = () => {
  const { migrationId } = useParams<{ migrationId: string }>();
  const detail = useGet('/migrations/{migrationId}', { params: { migrationId } }, { everyMs: DETAIL_MS });
  const value = detail.data?.value;
  const title = value ? `${value.migration.tenantId}: ${transferOf(value.migration)}` : 'Migration';
  return (
    <Page title={title} description={migrationId} actions={value && <Actions detail={value} />}>
      <Loaded of={detail} lines={14}>
        {(loaded) => <Whole key={migrationId} detail={loaded.value} />}
      </Loaded>
    </Page>
  );
};

const Actions = ({ detail }: { readonly detail: MigrationDetail }) => {
  const { migration, actions, actionsTag } = detail;
  return (
    <ActionBar
      actions={actions}
      steered={{ migrationId: migration.migrationId, tenantId: migration.tenantId, actionsTag }}
      shown={shownActions(detail)}
      primary={primaryAction(detail)}
    />
  );
};

const Whole = ({ detail }: { readonly detail: MigrationDetail }) => {
  const { migration, actionsTag } = detail;
  const { migrationId, tenantId, dryRun, status } = migration;
  const isWorking = isWorkingNow(detail);
  const { data } = useGet(
    '/migrations/{migrationId}/figures',
    { params: { migrationId } },
    figuresFreshness(detail, FIGURES_MS),
  );
  const figures = data?.value;
  const samples = useSamples(migrationId, figures);
  // the detail is read more often than the figures of a migration that does no work
  const items = isWorking ? figures?.items : detail.items;
  const itemsDiscarded = figures?.itemsDiscarded ?? 0;
  const pass = useMemo(
    () => (items ? passOf(migration, { items, itemsDiscarded }, samples) : undefined),
    [migration, items, itemsDiscarded, samples],
  );
  const steered = { migrationId, tenantId, actionsTag };
  return (
    <div className="mig">
      <Overview {...{ detail, figures, samples, pass }} />
      {dryRun ? (
        <Suspense fallback={<Skeleton lines={5} />}>
          <PlanSummary migrationId={migrationId} />
        </Suspense>
      ) : (
        <div className="mig-columns">
          <Cutover detail={detail} />
          {!isClosed(status) && <Limits {...{ detail, figures, samples, steered }} />}
        </div>
      )}
      {!dryRun && <Charts samples={samples} status={status} isWorking={isWorking} />}
      {!dryRun && <Segments detail={detail} />}
      <AuditTrail migrationId={migrationId} />
      <Facts detail={detail} />
    </div>
  );
};
