import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { RetiredTable, TableRow } from '../../api/schema.ts';
import { usePost } from '../../api/use-post.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { counted } from '../../parts/formats.ts';
import { paths, TenantLink, To } from '../../parts/to.tsx';

interface RetireDialogProps {
  readonly table: TableRow;
  readonly onDismiss: () => void;
}

/** Retires a table, or lets a table that is being retired take tenants again. */
export const RetireDialog = ({ table, onDismiss }: RetireDialogProps) =>
  table.state === 'active' ? (
    <Retire table={table} onDismiss={onDismiss} />
  ) : (
    <Reinstate table={table} onDismiss={onDismiss} />
  );

const Retire = ({ table: { table, tenants, tier, stateTag }, onDismiss }: RetireDialogProps) => {
  const { mutate, data, error, isPending } = usePost('/tables/{table}/retire');
  if (data) return <RetirementResult retired={data} onDismiss={onDismiss} />;
  return (
    <ConfirmDialog
      title={`Retire ${table}`}
      effect={`No tenant is placed in it any more, and ${counted(tenants, 'tenant')} are moved to other tables of tier ${tier}, a few at a time. Reinstate it to stop that.`}
      submitLabel="Retire"
      danger="disruptive"
      error={error}
      isPending={isPending}
      onSubmit={({ reason }) => mutate({ params: { table }, body: { reason }, ifMatch: stateTag })}
      onDismiss={onDismiss}
    />
  );
};

interface RetiredProps {
  readonly retired: RetiredTable;
  readonly onDismiss: () => void;
}

const RetirementResult = ({ retired: { table, requested, stays }, onDismiss }: RetiredProps) => (
  <Modal visible onDismiss={onDismiss} header={`${table} is being retired`} closeAriaLabel="Close">
    <SpaceBetween size="m">
      <Box>
        {counted(requested.length, 'migration')} requested; they are in <To path={paths.queue}>the queue</To>.
      </Box>
      {stays.length > 0 && (
        <Alert type="warning" header={`${counted(stays.length, 'tenant')} cannot be moved now`}>
          <ul>
            {stays.map(({ tenantId, reason }) => (
              <li key={tenantId}>
                <TenantLink tenantId={tenantId} />: {reason}
              </li>
            ))}
          </ul>
        </Alert>
      )}
    </SpaceBetween>
  </Modal>
);

const Reinstate = ({ table: { table, stateTag }, onDismiss }: RetireDialogProps) => {
  const { mutateAsync, error, isPending } = usePost('/tables/{table}/reinstate');
  return (
    <ConfirmDialog
      title={`Reinstate ${table}`}
      effect="Tenants are placed in it again. Migrations out of it that have been requested go on; cancel them one by one to keep a tenant."
      submitLabel="Reinstate"
      error={error}
      isPending={isPending}
      onSubmit={({ reason }) => {
        mutateAsync({ params: { table }, body: { reason }, ifMatch: stateTag }).then(
          onDismiss,
          () => undefined,
        );
      }}
      onDismiss={onDismiss}
    />
  );
};
