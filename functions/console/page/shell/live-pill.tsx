import { useLatestNotice, useLiveState } from '../live/live.tsx';
import { STATUS_LABELS } from '../parts/migration-status.tsx';

const WORDS = {
  live: { label: 'Live', title: 'Changes are shown as they happen.' },
  catchingUp: { label: 'Catching up', title: 'Connected; what has happened meanwhile is on its way.' },
  disconnected: {
    label: 'Disconnected',
    title:
      'The stream of changes is interrupted. The page asks every 2 seconds and connects again by itself.',
  },
} as const;

/** Shows how current the page is, and tells screen readers of changes. */
export const LivePill = () => {
  const state = useLiveState();
  const notice = useLatestNotice();
  const { label, title } = WORDS[state];
  return (
    <>
      <span className={`live live-${state}`} title={title} role="status">
        <span className="live-dot" aria-hidden="true" />
        {label}
      </span>
      <span className="visually-hidden" aria-live="polite">
        {notice && `${notice.tenantId}: ${STATUS_LABELS[notice.to]}`}
      </span>
    </>
  );
};
