import type { TenantRow } from '../../api/schema.ts';
import { CountedBar } from '../../parts/counted-bar.tsx';
import { Empty } from '../../parts/empty.tsx';
import { TenantLink } from '../../parts/to.tsx';

/** The tenants that are near a limit, the nearest first. */
export const NearLimit = ({ tenants }: { readonly tenants: readonly TenantRow[] }) => {
  if (tenants.length === 0)
    return (
      <Empty title="No tenant is at 80 % of its limit">
        A tenant appears here before it outgrows its tier.
      </Empty>
    );
  return (
    <ul className="rows">
      {tenants.map(({ tenantId, tier, schoolCount, maxSchools, decision, lockedBy }) => (
        <li key={tenantId}>
          <div>
            <TenantLink tenantId={tenantId} />
            <div className="note">
              {tier}
              {lockedBy !== null && ', a migration is under way'}
              {lockedBy === null && decision.kind === 'move' && `, moves to ${decision.tier}`}
            </div>
          </div>
          <CountedBar used={schoolCount} limit={maxSchools} />
        </li>
      ))}
    </ul>
  );
};
