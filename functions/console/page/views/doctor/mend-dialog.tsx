import { useQueryClient } from '@tanstack/react-query';
import { usePost } from '../../api/use-post.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { keepFocusInView } from '../../shell/keep-focus.ts';
import type { Finding } from './doctor.tsx';

interface MendDialogProps {
  readonly finding: Finding;
  readonly onDismiss: () => void;
}

/** Mends one finding, if it is still there, and has the doctor run again. */
export const MendDialog = ({ finding: { id, what }, onDismiss }: MendDialogProps) => {
  const queries = useQueryClient();
  const { mutateAsync, error, isPending } = usePost('/doctor/mend');
  const mend = (reason: string) => {
    mutateAsync({ body: { finding: id, reason } }).then(
      () => {
        onDismiss();
        // the finding leaves the page with the next answer, which may take longer than the focus is watched
        void queries.invalidateQueries({ queryKey: ['/doctor'] }).then(keepFocusInView);
      },
      () => undefined,
    );
  };
  return (
    <ConfirmDialog
      title={`Mend ${id}`}
      effect={`${what} The record is mended only if it is still as it was found.`}
      submitLabel="Mend"
      danger="disruptive"
      error={error}
      isPending={isPending}
      onSubmit={({ reason }) => mend(reason)}
      onDismiss={onDismiss}
    />
  );
};
