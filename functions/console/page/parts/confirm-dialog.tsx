import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea, { type TextareaProps } from '@cloudscape-design/components/textarea';
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { ProblemAlert } from './problem-alert.tsx';

export interface Confirmation {
  readonly reason: string;
  /** Text that was typed to confirm; absent if none is required. */
  readonly confirm?: string;
}

interface ConfirmDialogProps {
  readonly title: string;
  /** The consequence, in a sentence or two. */
  readonly effect: ReactNode;
  readonly submitLabel: string;
  /** `irreversible` cannot be undone; `disruptive` makes work undone or delays it. */
  readonly danger?: 'none' | 'disruptive' | 'irreversible';
  /** Text that has to be typed; absent if none has. */
  readonly typed?: string | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  /** False while a further field is wrong. */
  readonly isValid?: boolean;
  /** Further fields. */
  readonly children?: ReactNode;
  readonly onSubmit: (confirmed: Confirmation) => void;
  readonly onDismiss: () => void;
}

const MAX_CHARACTERS = 1_000;

/** Asks for the reason of a change and, if it cannot be undone, for a text that has to be typed. */
export const ConfirmDialog = (props: ConfirmDialogProps) => {
  const { title, effect, submitLabel, danger = 'none', typed, error, isPending } = props;
  const { isValid = true, children, onSubmit, onDismiss } = props;
  const form = useId();
  const [reason, setReason] = useState('');
  const [confirm, setConfirm] = useState('');
  const [isTried, setIsTried] = useState(false);
  const text = reason.trim();
  const isConfirmed = typed === undefined || confirm === typed;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setIsTried(true);
    if (text === '' || !isConfirmed || !isValid || isPending) return;
    onSubmit({ reason: text, ...(typed === undefined ? {} : { confirm }) });
  };
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header={title}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onDismiss}>
              Close
            </Button>
            <Button variant="primary" form={form} loading={isPending} loadingText={submitLabel}>
              {submitLabel}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form id={form} onSubmit={submit}>
        <Form>
          <SpaceBetween size="m">
            {danger === 'none' ? (
              <Box>{effect}</Box>
            ) : (
              <Alert type="warning" header={danger === 'irreversible' ? 'This cannot be undone.' : undefined}>
                {effect}
              </Alert>
            )}
            {children}
            <ReasonField value={reason} isMissing={isTried && text === ''} onChange={setReason} />
            {typed !== undefined && (
              <FormField
                label={`Type ${typed} to confirm`}
                errorText={isTried && !isConfirmed ? `It is not ${typed}.` : undefined}
              >
                <Input
                  value={confirm}
                  autoComplete={false}
                  onChange={({ detail }) => setConfirm(detail.value)}
                />
              </FormField>
            )}
            {error !== null && error !== undefined && <ProblemAlert error={error} />}
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
};

interface ReasonFieldProps {
  readonly value: string;
  readonly isMissing: boolean;
  readonly onChange: (value: string) => void;
}

const ReasonField = ({ value, isMissing, onChange }: ReasonFieldProps) => {
  const field = useRef<TextareaProps.Ref>(null);
  useEffect(() => {
    // the dialog gives the focus to its first button when it opens; the reason is what has to be typed
    const timer = setTimeout(() => field.current?.focus());
    return () => clearTimeout(timer);
  }, []);
  return (
    <FormField
      label="Reason (required)"
      description="It is recorded in the audit trail with your name."
      errorText={isMissing ? 'Give a reason.' : undefined}
    >
      <Textarea
        ref={field}
        value={value}
        rows={2}
        ariaRequired
        onChange={({ detail }) => onChange(detail.value.slice(0, MAX_CHARACTERS))}
      />
    </FormField>
  );
};
