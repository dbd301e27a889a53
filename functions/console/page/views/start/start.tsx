import './start.css';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import type { PostArgs } from '../../api/client.ts';
import type { MigrationDetail, TenantDetail } from '../../api/schema.ts';
import { useCountedNames } from '../../api/use-counted-names.ts';
import { useGet } from '../../api/use-get.ts';
import { usePost } from '../../api/use-post.ts';
import { useRoleRefusal } from '../../api/use-role.ts';
import { useNow } from '../../parts/clock.ts';
import { Loaded } from '../../parts/loaded.tsx';
import { isClosed } from '../../parts/migration-status.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { transferOf } from '../../parts/tiers.ts';
import { MigrationLink, paths, TenantLink, To } from '../../parts/to.tsx';
import { useSearchState } from '../../parts/use-search-state.ts';
import { openMigrationOf } from '../tenants/open-migration-of.ts';
import { useProgress } from '../tenants/use-progress.ts';
import { ChooseTenant } from './choose-tenant.tsx';
import { DryRun } from './dry-run.tsx';
import { PlanView } from './plan-view.tsx';
import { planBody } from './start-draft.ts';
import { StartForm } from './start-form.tsx';
import { TargetForm } from './target-form.tsx';
import { noneRecommended, targetOf, targetOptions } from './target-options.ts';
import { useDraft } from './use-draft.ts';

/** The tenant, the target, and the dry run whose plan is shown. */
const DEFAULTS = { tenant: '', to: '', plan: '' };

/** A dry run is short: its progress is asked for often, in ms. */
const PROGRESS_MS = 1_000;
const SECOND_MS = 1_000;

/** Plans a move and starts it: target, dry run, plan, start. */
export const Start = () => {
  const [{ tenant, to, plan }, change] = useSearchState(DEFAULTS);
  if (tenant === '')
    return (
      <Page title="Plan a move">
        <ChooseTenant />
      </Page>
    );
  return (
    <Page
      title={`Move ${tenant}`}
      description={
        <>
          <TenantLink tenantId={tenant} />. Nothing is moved until you start the migration.
        </>
      }
    >
      <StartOf key={tenant} tenantId={tenant} to={to} plan={plan} onChange={change} />
    </Page>
  );
};

interface StartOfProps {
  readonly tenantId: string;
  readonly to: string;
  readonly plan: string;
  readonly onChange: (next: Partial<typeof DEFAULTS>) => void;
}

const StartOf = ({ tenantId, ...rest }: StartOfProps) => {
  const tenant = useGet('/tenants/{tenantId}', { params: { tenantId } });
  return (
    <Loaded of={tenant} lines={12}>
      {({ value }) => <Steps detail={value} {...rest} />}
    </Loaded>
  );
};

type StepsProps = Omit<StartOfProps, 'tenantId'> & { readonly detail: TenantDetail };

const Steps = ({ detail, to, plan, onChange }: StepsProps) => {
  const { tenantId } = detail.tenant;
  const { draft, change, forget } = useDraft(tenantId);
  const catalogue = useGet('/catalogue', {}, { isLive: false });
  const names = useCountedNames();
  const { mutateAsync, error, isPending } = usePost('/plans');
  const [requested, setRequested] = useState<string>();
  const options = useMemo(
    () => targetOptions(detail, catalogue.data?.value.tiers ?? [], names),
    [detail, catalogue.data, names],
  );
  const chosen = options.find(({ value }) => value === to) ?? options.find((one) => one.isRecommended);
  const request = (body: PostArgs<'/plans'>['body']) =>
    mutateAsync({ body }).then(
      ({ migration }) => {
        setRequested(migration.migrationId);
        onChange({ plan: migration.migrationId });
      },
      () => undefined,
    );
  const open = openMigrationOf(detail);
  return (
    <SpaceBetween size="l">
      {open !== undefined && (
        <Alert type="info" header="A migration of this tenant is under way">
          <MigrationLink migrationId={open} />: a dry run is possible, a start only once it has ended.
        </Alert>
      )}
      {plan === '' ? (
        // the tiers first: they describe the targets, and would move the button below
        <Loaded of={catalogue} lines={8}>
          {() => (
            <TargetForm
              options={options}
              note={noneRecommended(options, detail)}
              chosen={chosen}
              reason={draft.reason}
              error={error}
              isPending={isPending}
              onChoose={(value) => onChange({ to: value })}
              onChange={change}
              onPlan={(option) => void request(planBody(tenantId, option.to, draft.reason))}
            />
          )}
        </Loaded>
      ) : (
        <PlanSteps
          key={plan}
          tenantId={tenantId}
          migrationId={plan}
          takesFocus={plan === requested}
          open={open}
          state={{ draft, change, forget }}
          requesting={{ request, error, isPending }}
          onOtherTarget={() => onChange({ plan: '' })}
        />
      )}
    </SpaceBetween>
  );
};

interface PlanStepsProps {
  readonly tenantId: string;
  readonly migrationId: string;
  /** True if the dry run has just been requested here, and its button is gone. */
  readonly takesFocus: boolean;
  /** The open migration of the tenant. */
  readonly open: string | undefined;
  readonly state: ReturnType<typeof useDraft>;
  readonly requesting: {
    request(body: PostArgs<'/plans'>['body']): Promise<void>;
    readonly error: Error | null;
    readonly isPending: boolean;
  };
  readonly onOtherTarget: () => void;
}

const PlanSteps = (props: PlanStepsProps) => {
  const { tenantId, migrationId, takesFocus } = props;
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (takesFocus) place.current?.focus();
  }, [takesFocus]);
  const dryRun = useProgress(migrationId, PROGRESS_MS);
  return (
    <section ref={place} tabIndex={-1} aria-label="Dry run" className="steps">
      <Loaded of={dryRun} lines={4}>
        {({ value }) =>
          value.migration.dryRun && value.migration.tenantId === tenantId ? (
            <PlannedSteps {...props} detail={value} />
          ) : (
            <Alert type="error" header="This is not a dry run of the tenant">
              <MigrationLink migrationId={migrationId} /> cannot be started from here.{' '}
              <To path={paths.start(tenantId)}>Plan a move of {tenantId}</To>
            </Alert>
          )
        }
      </Loaded>
    </section>
  );
};

const PlannedSteps = (props: PlanStepsProps & { readonly detail: MigrationDetail }) => {
  const { detail, state, requesting, onOtherTarget } = props;
  const { migration, execution } = detail;
  const { tenantId, status, reason } = migration;
  const roleRefusal = useRoleRefusal('operator');
  const hasEnded = isClosed(status) || execution === 'stopped';
  const again = () => {
    const typed = state.draft.reason.trim();
    void requesting.request(planBody(tenantId, targetOf(migration), typed === '' ? reason : typed));
  };
  const planAgain = hasEnded && (
    <Button
      loading={requesting.isPending}
      loadingText="Requesting the dry run"
      disabled={roleRefusal !== undefined}
      {...(roleRefusal === undefined ? {} : { disabledReason: roleRefusal })}
      onClick={again}
    >
      Plan again
    </Button>
  );
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            actions={isClosed(status) && <Button onClick={onOtherTarget}>Choose another target</Button>}
          >
            1. Target
          </Header>
        }
      >
        {transferOf(migration)}
      </Container>
      <DryRun detail={detail} planAgain={planAgain} />
      {requesting.error && <ProblemAlert error={requesting.error} />}
      {status === 'completed' && <PlanAndStart {...props} planAgain={planAgain} />}
    </SpaceBetween>
  );
};

type PlanAndStartProps = PlanStepsProps & {
  readonly detail: MigrationDetail;
  readonly planAgain: ReactNode;
};

const PlanAndStart = (props: PlanAndStartProps) => {
  const { tenantId, migrationId, open, state, detail, planAgain } = props;
  const [, navigate] = useLocation();
  const now = useNow(SECOND_MS);
  const plan = useGet('/migrations/{migrationId}/plan', { params: { migrationId } }, { isLive: false });
  const start = (started: string) => {
    state.forget();
    navigate(paths.migration(started));
  };
  return (
    <Loaded of={plan} lines={16}>
      {({ value, etag }) => {
        const isExpired = now > Date.parse(value.expiresAt);
        return (
          <SpaceBetween size="l">
            <PlanView plan={value} isExpired={isExpired} planAgain={planAgain} />
            <StartForm
              quoted={{
                ...{ tenantId, migrationId, etag: etag ?? '' },
                defaultHoldMs: detail.migration.holdMs,
              }}
              draft={state.draft}
              refusal={refusalOf(value.blocked, isExpired, open)}
              planAgain={planAgain}
              onChange={state.change}
              onStarted={start}
            />
          </SpaceBetween>
        );
      }}
    </Loaded>
  );
};

/** Returns the reason why a plan cannot be started as it is; undefined if it can. */
const refusalOf = (isBlocked: boolean, isExpired: boolean, open: string | undefined): string | undefined => {
  if (isBlocked) return 'The plan has blockers: mend them, then plan again.';
  if (isExpired) return 'The plan has expired: plan again.';
  return open === undefined ? undefined : 'A migration of this tenant is under way: wait until it has ended.';
};
