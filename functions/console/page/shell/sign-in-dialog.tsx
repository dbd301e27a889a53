import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useConsole } from '../api/console-context.ts';
import type { Session, SessionState } from '../api/session.ts';
import { useStore } from '../api/store.ts';

/** Asks the operator to sign in. What is open in the page stays, and goes on afterwards. */
export const SignInDialog = () => {
  const { session } = useConsole();
  const state = useStore(session.state);
  const [dismissed, setDismissed] = useState<SessionState>();
  if (state.kind !== 'ended') return null;
  const onDismiss = () => setDismissed(state);
  if (dismissed === state)
    return (
      <div className="offline" role="status">
        You are not signed in, so nothing is kept current.{' '}
        <Button onClick={() => setDismissed(undefined)}>Sign in</Button>
      </div>
    );
  return state.by === 'link' ? (
    <LinkDialog session={session} isFirst={state.isFirst} onDismiss={onDismiss} />
  ) : (
    <IssuerDialog session={session} state={state} onDismiss={onDismiss} />
  );
};

interface LinkDialogProps {
  readonly session: Session;
  readonly isFirst: boolean;
  readonly onDismiss: () => void;
}

const LinkDialog = ({ session, isFirst, onDismiss }: LinkDialogProps) => {
  const [link, setLink] = useState('');
  const [isRefused, setIsRefused] = useState(false);
  const enter = () => setIsRefused(session.enter?.(link) === false);
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      closeAriaLabel="Close"
      header={isFirst ? 'Open the printed link' : 'The console was started anew'}
      footer={
        <Box float="right">
          <Button variant="primary" form="link-form">
            Continue
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>
          {isFirst
            ? 'This page needs the link that tierferry console or tierferry local prints when it starts.'
            : 'Its earlier link is no longer valid. What you have typed is kept; it goes on once you give the new link.'}
        </Box>
        <form
          id="link-form"
          onSubmit={(event) => {
            event.preventDefault();
            enter();
          }}
        >
          <FormField label="Link" errorText={isRefused ? 'This link has no token.' : undefined}>
            <Input
              value={link}
              autoFocus
              autoComplete={false}
              placeholder="http://127.0.0.1:…/#token=…"
              onChange={({ detail }) => setLink(detail.value)}
            />
          </FormField>
        </form>
      </SpaceBetween>
    </Modal>
  );
};

interface IssuerDialogProps {
  readonly session: Session;
  readonly state: Extract<SessionState, { kind: 'ended' }>;
  readonly onDismiss: () => void;
}

const IssuerDialog = ({ session, state: { isFirst, failure }, onDismiss }: IssuerDialogProps) => (
  <Modal
    visible
    onDismiss={onDismiss}
    closeAriaLabel="Close"
    header={isFirst ? 'Sign in' : 'Your sign-in has ended'}
    footer={
      <Box float="right">
        <Button variant="primary" onClick={() => session.signIn?.()}>
          Sign in
        </Button>
      </Box>
    }
  >
    <SpaceBetween size="m">
      <Box>
        {isFirst
          ? 'A window of your organisation’s sign-in opens.'
          : 'What you have typed is kept. It goes on once you have signed in in the window that opens.'}
      </Box>
      {failure !== undefined && (
        <Alert type="error" header="Signing in has failed">
          {failure}
        </Alert>
      )}
    </SpaceBetween>
  </Modal>
);
