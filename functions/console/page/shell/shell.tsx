import { type ReactNode, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useConsole } from '../api/console-context.ts';
import { useStore } from '../api/store.ts';
import { useGet } from '../api/use-get.ts';
import { useStream } from '../live/live.tsx';
import { serverAhead } from '../parts/clock.ts';
import { actionDialog, openedAction } from '../parts/open-action.ts';
import { setTimeZone, useTimeZone } from '../parts/time-zone.ts';
import { paths } from '../parts/to.tsx';
import { keepFocusInView } from './keep-focus.ts';
import { LivePill } from './live-pill.tsx';
import { SignInDialog } from './sign-in-dialog.tsx';
import { subjectWords } from './subject-words.ts';
import { setTheme, type Theme, useTheme } from './theme.ts';

interface Entry {
  readonly path: string;
  readonly label: string;
}

const ENTRIES: readonly Entry[] = [
  { path: '/', label: 'Fleet' },
  { path: paths.tenants, label: 'Tenants' },
  { path: paths.migrations, label: 'Migrations' },
  { path: paths.tables, label: 'Tables' },
  { path: paths.queue, label: 'Queue' },
  { path: paths.thresholds, label: 'Thresholds' },
  { path: paths.doctor, label: 'Doctor' },
];

const isAt = (location: string, { path }: Entry): boolean =>
  path === '/' ? location === '/' : location === path || location.startsWith(`${path}/`);

/** Frame around every view. */
export const Shell = ({ children }: { readonly children: ReactNode }) => {
  useStream();
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [location] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes when the view changes
  useEffect(() => setIsMenuOpen(false), [location]);
  return (
    <div className="shell">
      <button type="button" className="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to content
      </button>
      <header className="top">
        <button
          type="button"
          className="top-menu"
          aria-expanded={isMenuOpen}
          aria-controls="navigation"
          onClick={() => setIsMenuOpen(!isMenuOpen)}
        >
          <span aria-hidden="true">☰</span>
          <span className="visually-hidden">Menu</span>
        </button>
        <Link href="/" className="top-brand">
          Tierferry
        </Link>
        <Deployment />
        <LivePill />
        <Identity />
        <ThemeSwitch />
      </header>
      <nav id="navigation" className={isMenuOpen ? 'side side-open' : 'side'} aria-label="Views">
        <ul>
          {ENTRIES.map((entry) => (
            <li key={entry.path}>
              <Link href={entry.path} aria-current={isAt(location, entry) ? 'page' : undefined}>
                {entry.label}
              </Link>
            </li>
          ))}
        </ul>
        <ZoneSwitch />
      </nav>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <OpenedAction />
      <SignInDialog />
    </div>
  );
};

const OpenedAction = () => {
  const opened = useStore(openedAction);
  const loaded = useStore(actionDialog);
  const [location] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a dialog belongs to the view that it was opened from
  useEffect(() => () => openedAction.set(undefined), [location]);
  if (!opened || !loaded) return null;
  const dismiss = () => {
    openedAction.set(undefined);
    keepFocusInView();
  };
  return <loaded.Dialog {...opened} onDismiss={dismiss} />;
};

const Deployment = () => {
  const { data } = useGet('/session', {});
  if (!data) return null;
  const { deployment } = data.value;
  return (
    <span className="top-deployment" title={`Deployment ${deployment}`}>
      {deployment}
    </span>
  );
};

/** The operator's name and role, as the server knows them. */
const Identity = () => {
  const { data } = useGet('/session', {});
  const { session } = useConsole();
  const value = data?.value;
  useEffect(() => {
    if (value) serverAhead.set(Date.parse(value.now) - Date.now());
  }, [value]);
  if (!value) return <span className="top-who" />;
  const { subject } = value;
  const who = subjectWords(subject);
  return (
    <span className="top-who">
      <span className="top-subject" title={who}>
        {who}
      </span>
      {session.signOut && (
        <button type="button" className="top-button" onClick={() => session.signOut?.()}>
          Sign out
        </button>
      )}
    </span>
  );
};

const ZoneSwitch = () => (
  <label className="side-zone">
    Times in
    <select
      value={useTimeZone()}
      onChange={({ currentTarget: { value } }) => setTimeZone(value === 'utc' ? 'utc' : 'local')}
    >
      <option value="local">your time zone</option>
      <option value="utc">UTC</option>
    </select>
  </label>
);

const THEME_LABELS: Readonly<Record<Theme, string>> = { system: 'Auto', light: 'Light', dark: 'Dark' };

const ThemeSwitch = () => {
  const theme = useTheme();
  return (
    <select
      className="top-theme"
      aria-label="Colours"
      value={theme}
      onChange={({ currentTarget: { value } }) => {
        if (value === 'system' || value === 'light' || value === 'dark') setTheme(value);
      }}
    >
      {Object.entries(THEME_LABELS).map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
};
