import Badge from '@cloudscape-design/components/badge';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { type FormEvent, useState } from 'react';
import { useRoleRefusal } from '../../api/use-role.ts';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { type Draft, problemOfPlanReason } from './start-draft.ts';
import type { TargetOption } from './target-options.ts';

interface TargetFormProps {
  readonly options: readonly TargetOption[];
  /** Why no target is recommended. */
  readonly note: string | undefined;
  readonly chosen: TargetOption | undefined;
  readonly reason: string;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly onChoose: (value: string) => void;
  readonly onChange: (next: Partial<Draft>) => void;
  readonly onPlan: (option: TargetOption) => void;
}

/** The target of the move, and a reason if the operator gives one; it requests the dry run. */
export const TargetForm = (props: TargetFormProps) => {
  const { options, note, chosen, reason, error, isPending, onChoose, onChange, onPlan } = props;
  const [isTried, setIsTried] = useState(false);
  const roleRefusal = useRoleRefusal('operator');
  const problem = problemOfPlanReason(reason).reason;
  const isChosen = chosen?.isAllowed === true;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsTried(true);
    if (isChosen && problem === undefined && !isPending && roleRefusal === undefined) onPlan(chosen);
  };
  return (
    <form onSubmit={submit}>
      <Container
        header={
          <Header description="The dry run reads the tenant’s data and changes nothing.">1. Target</Header>
        }
      >
        <SpaceBetween size="m">
          <FormField
            label="Move to"
            description={note}
            errorText={isTried && !isChosen ? 'Choose a target.' : undefined}
          >
            <RadioGroup
              value={chosen?.value ?? null}
              items={options.map(({ value, label, description, isAllowed, isRecommended }) => ({
                value,
                label: (
                  <>
                    {label} {isRecommended && <Badge color="blue">Recommended</Badge>}
                  </>
                ),
                description,
                disabled: !isAllowed,
              }))}
              onChange={({ detail }) => onChoose(detail.value)}
            />
          </FormField>
          <ReasonField
            reason={reason}
            isRequired={false}
            errorText={isTried ? problem : undefined}
            onChange={onChange}
          />
          {error !== null && error !== undefined && <ProblemAlert error={error} />}
          <Button
            variant="primary"
            loading={isPending}
            loadingText="Requesting the dry run"
            disabled={roleRefusal !== undefined}
            {...(roleRefusal === undefined ? {} : { disabledReason: roleRefusal })}
          >
            Run the dry run
          </Button>
        </SpaceBetween>
      </Container>
    </form>
  );
};

interface ReasonFieldProps {
  readonly reason: string;
  readonly isRequired: boolean;
  readonly errorText: string | undefined;
  readonly onChange: (next: Partial<Draft>) => void;
}

/** The reason for the audit trail. */
export const ReasonField = ({ reason, isRequired, errorText, onChange }: ReasonFieldProps) => (
  <FormField
    label={isRequired ? 'Reason (required)' : 'Reason (optional)'}
    description="It is recorded in the audit trail with your name."
    constraintText={isRequired ? undefined : 'A start needs one, which can be given then.'}
    errorText={errorText}
  >
    <Textarea
      value={reason}
      rows={2}
      ariaRequired={isRequired}
      onChange={({ detail }) => onChange({ reason: detail.value })}
    />
  </FormField>
);
