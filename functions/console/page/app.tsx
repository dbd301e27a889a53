import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Component, type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { Route, Router, Switch, useLocation } from 'wouter';
import { type Console, ConsoleContext } from './api/console-context.ts';
import { Skeleton } from './parts/loaded.tsx';
import { ProblemAlert } from './parts/problem-alert.tsx';
import { Shell } from './shell/shell.tsx';
import { NotFound } from './views/not-found.tsx';

/** Each view is a chunk of its own. */
const view = <Name extends string>(load: () => Promise<Readonly<Record<Name, ComponentType>>>, name: Name) =>
  lazy(() => load().then((part) => ({ default: part[name] })));

const ROUTES = [
  { path: '/', view: view(() => import('./views/fleet/fleet.tsx'), 'Fleet') },
  { path: '/tenants', view: view(() => import('./views/tenants/tenants.tsx'), 'Tenants') },
  { path: '/tenants/:tenantId', view: view(() => import('./views/tenants/tenant.tsx'), 'TenantView') },
  { path: '/start', view: view(() => import('./views/start/start.tsx'), 'Start') },
  { path: '/migrations', view: view(() => import('./views/migration/migrations.tsx'), 'Migrations') },
  {
    path: '/migrations/:migrationId',
    view: view(() => import('./views/migration/migration.tsx'), 'MigrationView'),
  },
  {
    path: '/migrations/:migrationId/report',
    view: view(() => import('./views/report/report.tsx'), 'ReportView'),
  },
  { path: '/compare', view: view(() => import('./views/report/compare.tsx'), 'Compare') },
  { path: '/tables', view: view(() => import('./views/tables/tables.tsx'), 'Tables') },
  { path: '/queue', view: view(() => import('./views/queue/queue.tsx'), 'QueueView') },
  { path: '/thresholds', view: view(() => import('./views/thresholds/thresholds.tsx'), 'Thresholds') },
  { path: '/doctor', view: view(() => import('./views/doctor/doctor.tsx'), 'Doctor') },
] as const;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // the stream and polling say when something has changed; what is shown again is looked at again
      staleTime: 0,
      gcTime: 5 * 60_000,
      refetchOnWindowFocus: true,
      refetchOnReconnect: true,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

interface AppProps {
  readonly console: Console;
  /** Path of the page, without a slash at its end. */
  readonly base: string;
}

export const App = ({ console, base }: AppProps) => (
  <ConsoleContext value={console}>
    <QueryClientProvider client={queries}>
      <Router base={base}>
        <Shell>
          <Guarded>
            <Suspense fallback={<Skeleton lines={8} />}>
              <Switch>
                {ROUTES.map(({ path, view: View }) => (
                  <Route key={path} path={path}>
                    <View />
                  </Route>
                ))}
                <Route>
                  <NotFound />
                </Route>
              </Switch>
            </Suspense>
          </Guarded>
        </Shell>
      </Router>
    </QueryClientProvider>
  </ConsoleContext>
);

/** A view that has failed does not take the others with it. */
const Guarded = ({ children }: { readonly children: ReactNode }) => {
  const [location] = useLocation();
  return <FailureBoundary key={location}>{children}</FailureBoundary>;
};

/** Shows a failure of a view in its place, with the navigation around it still there. */
class FailureBoundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <ProblemAlert error={this.state.error} onRetry={() => location.reload()} />;
  }
}
