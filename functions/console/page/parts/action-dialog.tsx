import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import type { Action } from '../api/schema.ts';
import { actionFields, hoursIn, unitsError } from './action-fields.ts';
import { ACTION_LABELS } from './action-labels.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { type SteerResult, useAction } from './use-action.ts';

/** A dialog does not know the present limits, so it must not change one that was not typed. */
const UNCHANGED = 'Empty leaves it as it is. The sliders of the migration remove a limit.';

interface ActionDialogProps {
  readonly action: Action;
  readonly steered: SteerResult;
  readonly onDismiss: () => void;
}

/** Carries out one action on a migration. */
export const ActionDialog = ({ action, steered, onDismiss }: ActionDialogProps) => {
  const { actAsync, error, isPending } = useAction(steered);
  const [hours, setHours] = useState('24');
  const [write, setWrite] = useState('');
  const [read, setRead] = useState('');
  const { name, danger, confirm, effect } = action;
  const extra = actionFields(name, { hours, write, read });
  return (
    <ConfirmDialog
      title={`${ACTION_LABELS[name]}: ${steered.tenantId}`}
      effect={effect}
      submitLabel={ACTION_LABELS[name]}
      danger={danger}
      typed={confirm === 'tenantId' ? steered.tenantId : undefined}
      error={error}
      isPending={isPending}
      isValid={extra !== undefined}
      onSubmit={(confirmed) => {
        actAsync(name, { ...extra, ...confirmed }).then(onDismiss, () => undefined);
      }}
      onDismiss={onDismiss}
    >
      {name === 'hold' && (
        <NumberField
          label="Hours after the flip"
          description="How long the source is kept after the flip."
          error={hoursIn(hours) === undefined ? 'Give a number of hours.' : undefined}
          value={hours}
          onChange={setHours}
        />
      )}
      {name === 'limit' && (
        <>
          <NumberField
            label="Write units a second"
            description={UNCHANGED}
            error={unitsError(write)}
            value={write}
            onChange={setWrite}
          />
          <NumberField
            label="Read units a second"
            description={UNCHANGED}
            error={unitsError(read)}
            value={read}
            onChange={setRead}
          />
        </>
      )}
    </ConfirmDialog>
  );
};

interface NumberFieldProps {
  readonly label: string;
  readonly description: string;
  /** The mistake in the value, as a sentence; undefined if there is none. */
  readonly error: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const NumberField = ({ label, description, error, value, onChange }: NumberFieldProps) => (
  <FormField label={label} description={description} errorText={error}>
    <Input
      type="number"
      inputMode="numeric"
      value={value}
      onChange={({ detail }) => onChange(detail.value)}
    />
  </FormField>
);
