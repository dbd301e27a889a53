import type { TableRow } from '../../api/schema.ts';
import { Empty } from '../../parts/empty.tsx';
import { occupancyOf } from '../../parts/occupancy.ts';
import { ShareBar } from '../../parts/share-bar.tsx';
import { TableCapacity } from '../../parts/table-capacity.tsx';
import { paths, To } from '../../parts/to.tsx';
import { Neighbours } from './neighbours.tsx';

/** The tier tables with their occupancy, capacity and tenants; each leads to all tenants in it. */
export const TierTables = ({ tables }: { readonly tables: readonly TableRow[] }) => {
  if (tables.length === 0)
    return <Empty title="There is no tier table">The first one is created with the first tenant.</Empty>;
  return (
    <ul className="rows">
      {tables.map((table) => (
        <Row key={table.table} table={table} />
      ))}
    </ul>
  );
};

const Row = ({ table }: { readonly table: TableRow }) => {
  const { used, limit, coming, departing } = occupancyOf(table);
  const { table: name, tier, placement, state } = table;
  return (
    <li>
      <div>
        <To path={`${paths.tenants}?${new URLSearchParams({ table: name })}`}>{name}</To>
        <div className="note">
          {[
            `${tier}, ${placement}`,
            ...(state === 'active' ? [] : [state]),
            ...(coming > 0 ? [`${coming} coming`] : []),
            ...(departing > 0 ? [`${departing} leaving`] : []),
          ].join(', ')}
        </div>
      </div>
      <ShareBar
        used={used}
        limit={limit}
        unit={limit === 1 ? 'tenant' : 'tenants'}
        nearAt={placement === 'dedicated' ? 2 : 0.8}
      />
      <div className="row-rest">
        <TableCapacity table={table} />
        <Neighbours table={table} />
      </div>
    </li>
  );
};
