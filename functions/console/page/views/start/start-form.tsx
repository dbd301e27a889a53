import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, type ReactNode, useState } from 'react';
import { usePost } from '../../api/use-post.ts';
import { useRoleRefusal } from '../../api/use-role.ts';
import { duration } from '../../parts/formats.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { type Draft, isIrreversible, type PlanQuote, problemsOf, startBody } from './start-draft.ts';
import { ReasonField } from './target-form.tsx';

const CUTOVERS = [
  {
    value: 'automatic',
    label: 'Automatic',
    description: 'The migration cuts over as soon as the target has caught up.',
  },
  {
    value: 'held',
    label: 'Held',
    description: 'The migration waits before the cutover until an operator releases it.',
  },
] as const;

interface StartFormProps {
  readonly quoted: PlanQuote;
  readonly draft: Draft;
  /** Reason why the plan cannot be started as it is. */
  readonly refusal: string | undefined;
  readonly planAgain: ReactNode;
  readonly onChange: (next: Partial<Draft>) => void;
  readonly onStarted: (migrationId: string) => void;
}

/** Starts the move that a plan was made for. Errors leave the form as it is. */
export const StartForm = ({ quoted, draft, refusal, planAgain, onChange, onStarted }: StartFormProps) => {
  const [isTried, setIsTried] = useState(false);
  const { mutateAsync, error, isPending } = usePost('/migrations');
  const roleRefusal = useRoleRefusal('operator');
  const problems = problemsOf(draft, quoted);
  const shown = isTried ? problems : {};
  const reason = roleRefusal ?? refusal;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsTried(true);
    if (Object.keys(problems).length > 0 || isPending || reason !== undefined) return;
    mutateAsync({ body: startBody(draft, quoted) }).then(
      ({ migration }) => onStarted(migration.migrationId),
      () => undefined,
    );
  };
  return (
    <form onSubmit={submit}>
      <Container header={<Header>4. Start</Header>}>
        <SpaceBetween size="m">
          <div className="start-fields">
            <FormField label="Cutover">
              <RadioGroup
                value={draft.cutover}
                items={[...CUTOVERS]}
                onChange={({ detail }) =>
                  onChange({ cutover: detail.value === 'held' ? 'held' : 'automatic' })
                }
              />
            </FormField>
            <LimitFields quoted={quoted} draft={draft} problems={shown} onChange={onChange} />
          </div>
          <ReasonField reason={draft.reason} isRequired errorText={shown.reason} onChange={onChange} />
          {isIrreversible(draft, quoted.defaultHoldMs) && (
            <Confirmation quoted={quoted} draft={draft} errorText={shown.confirm} onChange={onChange} />
          )}
          {error && (
            <SpaceBetween size="s">
              <ProblemAlert error={error} />
              {planAgain}
            </SpaceBetween>
          )}
          <Button
            variant="primary"
            loading={isPending}
            loadingText="Starting"
            disabled={reason !== undefined}
            {...(reason === undefined ? {} : { disabledReason: reason })}
          >
            Start the migration
          </Button>
          {reason !== undefined && <div className="note">{reason}</div>}
        </SpaceBetween>
      </Container>
    </form>
  );
};

type FieldProps = Pick<StartFormProps, 'quoted' | 'draft' | 'onChange'>;

const LimitFields = ({
  quoted,
  draft,
  problems,
  onChange,
}: FieldProps & { readonly problems: ReturnType<typeof problemsOf> }) => (
  <SpaceBetween size="m">
    <FormField
      label="Hold, in hours"
      description="How long the source is kept after the flip, so that a rollback stays possible."
      constraintText={`Empty for the deployment’s setting: ${duration(quoted.defaultHoldMs)}.`}
      errorText={problems.hold}
    >
      <Input
        type="number"
        inputMode="decimal"
        step="any"
        value={draft.hold}
        onChange={({ detail }) => onChange({ hold: detail.value })}
      />
    </FormField>
    <div className="start-limits">
      <FormField
        label="Write units per second"
        constraintText="Empty for no limit."
        errorText={problems.write}
      >
        <Input
          type="number"
          inputMode="numeric"
          value={draft.write}
          onChange={({ detail }) => onChange({ write: detail.value })}
        />
      </FormField>
      <FormField
        label="Read units per second"
        constraintText="Empty for the deployment’s limit."
        errorText={problems.read}
      >
        <Input
          type="number"
          inputMode="numeric"
          value={draft.read}
          onChange={({ detail }) => onChange({ read: detail.value })}
        />
      </FormField>
    </div>
  </SpaceBetween>
);

const Confirmation = ({
  quoted: { tenantId },
  draft,
  errorText,
  onChange,
}: FieldProps & { readonly errorText: string | undefined }) => (
  <SpaceBetween size="s">
    <Alert type="warning" header="After the flip, this move cannot be rolled back">
      With a hold of 0 hours the source is deleted right after the flip.
    </Alert>
    <FormField label={`Type ${tenantId} to confirm`} errorText={errorText}>
      <Input
        value={draft.confirm}
        autoComplete={false}
        onChange={({ detail }) => onChange({ confirm: detail.value })}
      />
    </FormField>
  </SpaceBetween>
);
