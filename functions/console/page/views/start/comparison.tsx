import type { ReactNode } from 'react';
import type { Plan, TableRow, TierTable } from '../../api/schema.ts';
import { useCountedNames } from '../../api/use-counted-names.ts';
import { useGet } from '../../api/use-get.ts';
import { CountedBar } from '../../parts/counted-bar.tsx';
import { heading } from '../../parts/formats.ts';
import { Skeleton } from '../../parts/loaded.tsx';
import { occupancyOf } from '../../parts/occupancy.ts';
import { ShareBar } from '../../parts/share-bar.tsx';
import { TableCapacity } from '../../parts/table-capacity.tsx';
import { paths, To } from '../../parts/to.tsx';

const MAX_TABLES = 100;

const PLACEMENTS = { shared: 'Shared with other tenants', dedicated: 'Dedicated to the tenant' } as const;

interface Row {
  readonly label: string;
  readonly today: ReactNode;
  readonly afterwards: ReactNode;
}

/** The tenant today, and after the move. */
export const Comparison = ({
  plan: { source, target, schools, creates },
}: {
  readonly plan: Plan['plan'];
}) => {
  const { labels } = useCountedNames();
  const catalogue = useGet('/catalogue', {}, { isLive: false });
  const sources = useGet('/tables', { query: { tier: source.tier, limit: MAX_TABLES } });
  const targets = useGet('/tables', { query: { tier: target.tier, limit: MAX_TABLES } });
  const limitOf = (tier: string) => {
    const known = catalogue.data?.value.tiers.find(({ name }) => name === tier);
    if (!known) return missing(catalogue);
    return <CountedBar used={schools} limit={known.maxSchools ?? null} />;
  };
  const find = (tables: readonly TableRow[] | undefined, name: string) =>
    tables?.find(({ table }) => table === name);
  const sourceTable = find(sources.data?.value.tables, source.table);
  const targetTable = find(targets.data?.value.tables, target.table);
  const isNew = creates.includes(target.table);
  const afterwards = (show: (table: TableRow) => ReactNode) =>
    targetTable ? show(targetTable) : missing(targets);
  const rows: readonly Row[] = [
    { label: 'Tier', today: source.tier, afterwards: target.tier },
    { label: heading(labels), today: limitOf(source.tier), afterwards: limitOf(target.tier) },
    {
      label: 'Table',
      today: <TableLink table={source.table} />,
      afterwards: isNew ? (
        <>
          {target.table}
          <div className="note">The migration creates it.</div>
        </>
      ) : (
        <TableLink table={target.table} />
      ),
    },
    { label: 'Placement', today: PLACEMENTS[source.placement], afterwards: PLACEMENTS[target.placement] },
    {
      label: 'Tenants in the table',
      today: sourceTable ? <Tenants table={sourceTable} /> : missing(sources),
      afterwards: isNew ? '1 tenant' : afterwards((table) => <Tenants table={table} isJoined />),
    },
    {
      label: 'Capacity of the table',
      today: sourceTable ? <TableCapacity table={sourceTable} /> : missing(sources),
      afterwards: isNew
        ? 'As the deployment creates its tables'
        : afterwards((table) => <TableCapacity table={table} />),
    },
  ];
  return (
    <table className="figures comparison">
      <caption>Today and afterwards</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">Today</th>
          <th scope="col">Afterwards</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, today, afterwards }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{today}</td>
            <td>{afterwards}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

const TableLink = ({ table }: { readonly table: string }) => (
  <To path={`${paths.tenants}?${new URLSearchParams({ table })}`}>{table}</To>
);

/** Shown for a figure that is not known: its place while it is being read. */
const missing = ({ isPending }: { readonly isPending: boolean }): ReactNode =>
  isPending ? <Skeleton lines={1} /> : '–';

interface TenantsProps {
  readonly table: TierTable;
  /** True if the tenant is not in it yet. */
  readonly isJoined?: boolean;
}

const Tenants = ({ table, isJoined = false }: TenantsProps) => {
  const { used, limit } = occupancyOf(table);
  return <ShareBar used={isJoined ? used + 1 : used} limit={limit} unit="tenants" />;
};
