import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Tenant } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';
import { usePost } from '../../api/use-post.ts';
import { useRoleRefusal } from '../../api/use-role.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { NO_PIN, type Preferences, preferencesChange, preferencesOf } from './preferences.ts';

const MAX_CHARACTERS = 1_000;

interface PreferencesFormProps {
  readonly tenant: Tenant;
  /** Tag of the preferences as they are shown. */
  readonly tag: string;
}

/** Preferences of a tenant. What the operator has changed stays until it is saved or discarded. */
export const PreferencesForm = ({ tenant, tag }: PreferencesFormProps) => {
  const { tenantId } = tenant;
  const [draft, setDraft] = useState<Partial<Preferences>>({});
  const [reason, setReason] = useState('');
  // the preferences as the operator saw them at the first change: another operator's later change is reported
  const [seenTag, setSeenTag] = useState<string>();
  const queries = useQueryClient();
  const { mutateAsync, error, isPending, reset } = usePost('/tenants/{tenantId}/preferences');
  const roleRefusal = useRoleRefusal('operator');
  const saved = preferencesOf(tenant);
  const shown = { ...saved, ...draft };
  const body = preferencesChange(saved, shown);
  const change = (next: Partial<Preferences>) => {
    setDraft({ ...draft, ...next });
    setSeenTag(seenTag ?? tag);
  };
  const clear = () => {
    setDraft({});
    setReason('');
    setSeenTag(undefined);
  };
  const discard = () => {
    reset();
    clear();
  };
  const save = async () => {
    if (!body || reason.trim() === '') return;
    try {
      const ifMatch = seenTag ?? tag;
      await mutateAsync({ params: { tenantId }, body: { ...body, reason: reason.trim() }, ifMatch });
    } catch {
      // the error has been shown: the next try is made with the preferences that are shown by then
      setSeenTag(undefined);
      return;
    }
    // the saved values are on the screen before the draft goes, so that no switch flickers
    await queries.invalidateQueries({ queryKey: ['/tenants/{tenantId}'] });
    clear();
  };
  return (
    <Container
      header={
        <Header
          description="They apply to the next migration, not to one that is open."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" disabled={!body || isPending} onClick={discard}>
                Discard
              </Button>
              <Button
                disabled={!body || reason.trim() === '' || roleRefusal !== undefined}
                loading={isPending}
                loadingText="Saving"
                {...(roleRefusal === undefined ? {} : { disabledReason: roleRefusal })}
                onClick={() => void save()}
              >
                Save
              </Button>
            </SpaceBetween>
          }
        >
          Preferences
        </Header>
      }
    >
      <SpaceBetween size="m">
        <PreferenceFields shown={shown} isDisabled={roleRefusal !== undefined} onChange={change} />
        {body && <PreferencesReason value={reason} onChange={setReason} />}
        {!body && tenant.preferencesReason !== undefined && (
          <div className="note">Reason of the last change: {tenant.preferencesReason}</div>
        )}
        {roleRefusal !== undefined && <div className="note">{roleRefusal}</div>}
        {error && <ProblemAlert error={error} />}
      </SpaceBetween>
    </Container>
  );
};

interface PreferencesReasonProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

const PreferencesReason = ({ value, onChange }: PreferencesReasonProps) => (
  <FormField label="Reason (required)" description="It is recorded with the preferences, with your name.">
    <Input value={value} onChange={({ detail }) => onChange(detail.value.slice(0, MAX_CHARACTERS))} />
  </FormField>
);

interface PreferenceFieldsProps {
  readonly shown: Preferences;
  readonly isDisabled: boolean;
  readonly onChange: (change: Partial<Preferences>) => void;
}

const PreferenceFields = ({ shown, isDisabled, onChange }: PreferenceFieldsProps) => {
  const { data } = useGet('/catalogue', {}, { isLive: false });
  const pins = [
    { value: NO_PIN, label: 'Any tier' },
    ...(data?.value.tiers.map(({ name }) => ({ value: name, label: name })) ?? []),
  ];
  return (
    <div className="preference-fields">
      <Toggle
        checked={shown.isAutomatic}
        disabled={isDisabled}
        description="If off, an operator starts the move of a tenant that has outgrown its tier."
        onChange={({ detail }) => onChange({ isAutomatic: detail.checked })}
      >
        Move automatically
      </Toggle>
      <Toggle
        checked={shown.wantsDedicated}
        disabled={isDisabled}
        description="The tenant gets a table of its own in each tier that offers one."
        onChange={({ detail }) => onChange({ wantsDedicated: detail.checked })}
      >
        Dedicated table
      </Toggle>
      <FormField label="Pinned to tier" description="A move to any other tier needs an operator.">
        <Select
          options={pins}
          selectedOption={
            pins.find(({ value }) => value === shown.pin) ?? { value: shown.pin, label: shown.pin }
          }
          disabled={isDisabled}
          onChange={({ detail }) => onChange({ pin: detail.selectedOption.value ?? NO_PIN })}
        />
      </FormField>
    </div>
  );
};
