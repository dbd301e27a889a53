import { useSingleTabStopNavigation } from '@cloudscape-design/component-toolkit/internal';
import { type ReactNode, type RefObject, useRef } from 'react';
import { Link } from 'wouter';

interface ToProps {
  /** A path of the page, with its filters. */
  readonly path: string;
  readonly children: ReactNode;
  readonly ariaLabel?: string;
}

/** A link to a view. In a table that is navigated as a grid, the arrow keys lead to it. */
export const To = ({ path, children, ariaLabel }: ToProps) => {
  const link = useRef<HTMLAnchorElement>(null);
  // its type is of an older React, in which every ref may be empty
  const { tabIndex } = useSingleTabStopNavigation(link as RefObject<HTMLAnchorElement>);
  return (
    <Link ref={link} href={path} className="link" aria-label={ariaLabel} tabIndex={tabIndex}>
      {children}
    </Link>
  );
};

const path = (...parts: readonly string[]): string => `/${parts.map(encodeURIComponent).join('/')}`;

/** Paths of the views. */
export const paths = {
  tenants: '/tenants',
  tenant: (tenantId: string) => path('tenants', tenantId),
  start: (tenantId: string) => `/start?tenant=${encodeURIComponent(tenantId)}`,
  migrations: '/migrations',
  migration: (migrationId: string) => path('migrations', migrationId),
  report: (migrationId: string) => path('migrations', migrationId, 'report'),
  compare: (left: string, right: string) => `/compare?${new URLSearchParams({ left, right })}`,
  tables: '/tables',
  queue: '/queue',
  thresholds: '/thresholds',
  doctor: '/doctor',
} as const;

export const TenantLink = ({ tenantId }: { readonly tenantId: string }) => (
  <To path={paths.tenant(tenantId)}>{tenantId}</To>
);

export const MigrationLink = ({ migrationId }: { readonly migrationId: string }) => (
  <To path={paths.migration(migrationId)}>{migrationId}</To>
);
