import { Fragment } from 'react';
import type { TableRow } from '../../api/schema.ts';
import { useCountedNames } from '../../api/use-counted-names.ts';
import { useGet } from '../../api/use-get.ts';
import { paths, TenantLink, To } from '../../parts/to.tsx';
import { andMore } from './and-more.ts';

/** Tenants of a table that are shown by name. */
const SHOWN = 4;

/** Interval at which a table's tenants are polled while the stream is lost, in ms: the view has many tables. */
const POLL_MS = 60_000;

type Table = Pick<TableRow, 'table' | 'tenants' | 'placement' | 'tenantId'>;

/** The tenants that share a table, those with the most counted items first; all others are a link away. */
export const Neighbours = ({ table }: { readonly table: Table }) => {
  const { placement, tenantId, tenants } = table;
  if (placement === 'dedicated')
    return tenantId === undefined ? null : (
      <div className="note">
        Dedicated to <TenantLink tenantId={tenantId} />
      </div>
    );
  return tenants === 0 ? null : <Sharing table={table} />;
};

const Sharing = ({ table: { table, tenants } }: { readonly table: Table }) => {
  const { labels } = useCountedNames();
  const { data, error } = useGet(
    '/tenants',
    { query: { table, sort: 'share', limit: SHOWN } },
    { pollMs: POLL_MS },
  );
  if (!data)
    return error ? (
      <div className="note">Its tenants could not be read.</div>
    ) : (
      <div className="note skeleton">Reading its tenants</div>
    );
  const shown = data.value.tenants;
  const rest = andMore(tenants, shown.length);
  return (
    <div className="note">
      Most {labels}:{' '}
      {shown.map(({ tenantId }, n) => (
        <Fragment key={tenantId}>
          {n > 0 && ', '}
          <TenantLink tenantId={tenantId} />
        </Fragment>
      ))}
      {rest !== undefined && (
        <>
          {' and '}
          <To
            path={`${paths.tenants}?${new URLSearchParams({ table })}`}
            ariaLabel={`${rest} tenants of ${table}`}
          >
            {rest}
          </To>
        </>
      )}
    </div>
  );
};
