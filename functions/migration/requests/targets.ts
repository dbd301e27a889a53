import { InvalidRequest, NotSafe } from '../errors.ts';
import type { Placement } from '../migration.ts';
import type { TierName } from '../names.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { Settings, Tier } from '../settings/settings.ts';
import { checkNameFits, checkTargetDiffers } from './request-migration.ts';

/** A tier and placement to which a tenant may be moved, or the reason why it may not. */
export interface MoveTarget {
  readonly tier: TierName;
  readonly placement: Placement;
  /** True for another table of the tenant's present tier and placement. */
  readonly elsewhere: boolean;
  readonly allowed: boolean;
  /** Reason why it is not allowed; null if it is. */
  readonly reason: string | null;
}

/**
 * Returns every target of the catalogue for a tenant, checked as a request checks it. The request itself also checks that the
 * tenant has no open migration and that its table exists.
 */
export const targetsOf = (settings: Settings, tenant: Tenant): readonly MoveTarget[] => {
  const own = settings.tiers.filter(({ name }) => name === tenant.tier);
  return [
    ...own.map((tier) => targetOf(settings, tenant, tier, tenant.placement, true)),
    ...settings.tiers.flatMap((tier) =>
      placementsOf(tier).flatMap((placement) =>
        tier.name === tenant.tier && placement === tenant.placement
          ? []
          : [targetOf(settings, tenant, tier, placement, false)],
      ),
    ),
  ];
};

const placementsOf = ({ placement, dedicatedOnRequest }: Tier): readonly Placement[] =>
  placement === 'shared' && dedicatedOnRequest ? ['shared', 'dedicated'] : [placement];

const targetOf = (
  settings: Settings,
  tenant: Tenant,
  tier: Tier,
  placement: Placement,
  elsewhere: boolean,
): MoveTarget => {
  const target = { tier: tier.name, placement, elsewhere };
  try {
    if (!elsewhere) checkTargetDiffers(settings, tenant, tier, placement);
    checkNameFits(settings, tenant, tier, placement);
    return { ...target, allowed: true, reason: null };
  } catch (error) {
    if (!(error instanceof InvalidRequest || error instanceof NotSafe)) throw error;
    return { ...target, allowed: false, reason: error.message };
  }
};
