import './reset.css';
import './page.css';
import { startTransition } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from './api/client.ts';
import { beginSession } from './api/session.ts';
import { App } from './app.tsx';
import { startTimeZone } from './parts/time-zone.ts';
import { startTheme } from './shell/theme.ts';

const container = document.getElementById('page');
if (!container) throw new Error('the page has no place to be drawn in');
const base = new URL(document.baseURI).pathname;

startTheme();
startTimeZone();
beginSession(`${base}api/`).then(
  (session) => {
    const client = createClient({
      base: `${base}api/`,
      tokens: session,
      fetch: (...given) => fetch(...given),
    });
    const root = createRoot(container);
    // drawn in slices, so that no task of the first load is long
    startTransition(() => root.render(<App console={{ client, session }} base={base.replace(/\/$/, '')} />));
  },
  () => {
    container.textContent =
      'The console’s server does not answer. Check that it is running, then reload this page.';
  },
);
