import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import type { PostArgs } from '../api/client.ts';
import type { Action } from '../api/schema.ts';
import { ACTION_LABELS } from './action-labels.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { type SteerResult, useAction } from './use-action.ts';

type Body = PostArgs<'/migrations/{migrationId}/actions/{action}'>['body'];
type Extra = Pick<Body, 'holdMs' | 'writeUnitsPerSecond' | 'readUnitsPerSecond'>;

const HOUR_MS = 60 * 60_000;

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
  const extra = extraOf(name, { hours, write, read });
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
          description="The source is kept for so long."
          value={hours}
          onChange={setHours}
        />
      )}
      {name === 'limit' && (
        <>
          <NumberField
            label="Write units a second"
            description="Empty for no limit of its own."
            value={write}
            onChange={setWrite}
          />
          <NumberField
            label="Read units a second"
            description="Empty for the deployment's limit."
            value={read}
            onChange={setRead}
          />
        </>
      )}
    </ConfirmDialog>
  );
};

/** Returns the further fields of an action's request; undefined if one of them is wrong. */
const extraOf = (
  name: Action['name'],
  { hours, write, read }: Readonly<Record<'hours' | 'write' | 'read', string>>,
): Extra | undefined => {
  if (name === 'hold') {
    const given = Number(hours);
    return hours.trim() !== '' && given >= 0 ? { holdMs: Math.round(given * HOUR_MS) } : undefined;
  }
  if (name !== 'limit') return {};
  const [writeUnits, readUnits] = [unitsIn(write), unitsIn(read)];
  if (writeUnits === undefined || readUnits === undefined) return undefined;
  return { writeUnitsPerSecond: writeUnits, readUnitsPerSecond: readUnits };
};

const unitsIn = (text: string): number | 'none' | undefined => {
  if (text.trim() === '') return 'none';
  const units = Number(text);
  return Number.isInteger(units) && units >= 1 ? units : undefined;
};

interface NumberFieldProps {
  readonly label: string;
  readonly description: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const NumberField = ({ label, description, value, onChange }: NumberFieldProps) => (
  <FormField label={label} description={description}>
    <Input
      type="number"
      inputMode="numeric"
      value={value}
      onChange={({ detail }) => onChange(detail.value)}
    />
  </FormField>
);
