import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { lazy, Suspense, useState } from 'react';
import type { Diagnosis } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { useRoleRefusal } from '../../api/use-role.ts';
import { Command } from '../../parts/command.tsx';
import { Empty } from '../../parts/empty.tsx';
import { counted } from '../../parts/formats.ts';
import { Skeleton } from '../../parts/loaded.tsx';
import { Page } from '../../parts/page.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { Ago } from '../../parts/time.tsx';
import { MigrationLink, TenantLink } from '../../parts/to.tsx';
import { keepFocusInView } from '../../shell/keep-focus.ts';

const MendDialog = lazy(() => import('./mend-dialog.tsx').then((part) => ({ default: part.MendDialog })));

export type Finding = Diagnosis['findings'][number];

const SEVERITY = {
  stop: { type: 'error', label: 'Stop', title: 'Writes may be going to the wrong table.' },
  wrong: { type: 'warning', label: 'Wrong', title: 'A tenant cannot write, or cannot be moved.' },
  leftOver: { type: 'info', label: 'Left over', title: 'It takes space, or is counted wrongly.' },
} as const;

/** Reads the control records whole when asked to, and shows what is inconsistent with the command that mends it. */
export const Doctor = () => {
  const [isAsked, setIsAsked] = useState(false);
  const refusal = useRoleRefusal('operator');
  const doctor = useGet('/doctor', {}, { isLive: false, enabled: isAsked && refusal === undefined });
  const run = () => {
    if (isAsked || doctor.data) void doctor.refetch();
    setIsAsked(true);
  };
  return (
    <Page
      title="Doctor"
      description="Finds control records that are inconsistent, and how to repair each."
      actions={
        <Button
          variant="primary"
          loading={doctor.isFetching}
          loadingText="Reading"
          disabled={refusal !== undefined}
          {...(refusal === undefined ? {} : { disabledReason: refusal })}
          onClick={run}
        >
          {doctor.data ? 'Run again' : 'Run the doctor'}
        </Button>
      }
    >
      {doctor.error && <ProblemAlert error={doctor.error} onRetry={run} />}
      {doctor.data ? (
        <Findings diagnosis={doctor.data.value} />
      ) : (
        <Container>
          {doctor.isFetching ? (
            <Skeleton lines={4} label="Reading the control records" />
          ) : (
            <Empty title="The doctor has not run">
              It reads all control records, so it runs only when you ask for it. The command line does the
              same: <Command command="tierferry doctor" />
            </Empty>
          )}
        </Container>
      )}
    </Page>
  );
};

const Findings = ({ diagnosis: { findings, records, tenants, at } }: { readonly diagnosis: Diagnosis }) => {
  const [mending, setMending] = useState<Finding>();
  const dismiss = () => {
    setMending(undefined);
    keepFocusInView();
  };
  return (
    <Container
      header={
        <Header
          counter={`(${findings.length})`}
          description={
            <>
              {counted(records, 'record')} of {counted(tenants, 'tenant')} read, <Ago at={at} />
            </>
          }
        >
          Findings
        </Header>
      }
    >
      {findings.length === 0 ? (
        <Empty title="All records are consistent">There is nothing to mend.</Empty>
      ) : (
        <ul className="findings">
          {findings.map((finding) => (
            <FindingRow key={finding.id} finding={finding} onMend={setMending} />
          ))}
        </ul>
      )}
      {mending && (
        <Suspense>
          <MendDialog finding={mending} onDismiss={dismiss} />
        </Suspense>
      )}
    </Container>
  );
};

interface FindingRowProps {
  readonly finding: Finding;
  readonly onMend: (finding: Finding) => void;
}

const FindingRow = ({ finding, onMend }: FindingRowProps) => {
  const { severity, what, next, tenantId, migrationId, id } = finding;
  const refusal = useRoleRefusal('admin');
  const { type, label, title } = SEVERITY[severity];
  const isMendable = next.action === 'mend';
  return (
    <li>
      <SpaceBetween size="xxs">
        <span title={title}>
          <StatusIndicator type={type}>{label}</StatusIndicator>
        </span>
        <Box variant="p">{what}</Box>
        <Box color="text-body-secondary" fontSize="body-s">
          {id}
          {tenantId !== undefined && (
            <>
              , tenant <TenantLink tenantId={tenantId} />
            </>
          )}
          {migrationId !== undefined && (
            <>
              , migration <MigrationLink migrationId={migrationId} />
            </>
          )}
        </Box>
        {next.action === 'by-hand' && <Box>{next.todo}</Box>}
        {next.command !== undefined && (
          <SpaceBetween direction="horizontal" size="m" alignItems="center">
            {isMendable && (
              <Button
                disabled={refusal !== undefined}
                {...(refusal === undefined ? {} : { disabledReason: refusal })}
                ariaLabel={`Mend ${id}`}
                onClick={() => onMend(finding)}
              >
                Mend
              </Button>
            )}
            <Command command={next.command} />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </li>
  );
};
