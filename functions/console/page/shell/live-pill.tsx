import { useState } from 'react';
import { useLatestEvent, useLiveState } from '../live/live.tsx';
import { STATUS_LABELS } from '../parts/migration-status.tsx';
import { Time } from '../parts/time.tsx';

const WORDS = {
  live: { label: 'Live', title: 'Changes are shown as they happen.' },
  catchingUp: { label: 'Catching up', title: 'Connected; changes made meanwhile are being read.' },
  disconnected: {
    label: 'Disconnected',
    title:
      'The stream of changes is interrupted. The page asks every 2 seconds and connects again by itself.',
  },
} as const;

/** Stands over the page's lower edge, so that nothing moves; a short interruption is over before it appears. */
const Offline = () => {
  const [since] = useState(() => new Date().toISOString());
  return (
    <div className="offline" role="alert">
      Disconnected since <Time at={since} />. What is shown may be older than that. The page connects again by
      itself; check that the console is running and that you are online.
    </div>
  );
};

/** Shows how current the page is, and tells screen readers of changes. */
export const LivePill = () => {
  const state = useLiveState();
  const event = useLatestEvent();
  const { label, title } = WORDS[state];
  return (
    <>
      <span className={`live live-${state}`} title={title} role="status">
        <span className="live-dot" aria-hidden="true" />
        {label}
      </span>
      {state === 'disconnected' && <Offline />}
      <span className="visually-hidden" aria-live="polite">
        {event && `${event.tenantId}: ${STATUS_LABELS[event.to]}`}
      </span>
    </>
  );
};
