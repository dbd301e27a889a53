import type { TierName } from '../names.ts';
import type { Tenant } from '../registry/tenant.ts';
import { countedText } from '../settings/counted-items.ts';
import type { Settings, Tier } from '../settings/settings.ts';

/** The decision about a tenant with its current number of schools. */
export type MoveDecision =
  | { readonly kind: 'stay'; readonly reason: string }
  | { readonly kind: 'move'; readonly tier: TierName; readonly dedicated: boolean; readonly reason: string }
  /** The tenant should move, but not without an operator. */
  | { readonly kind: 'manualAction'; readonly reason: string };

export type TenantGrowth = Pick<
  Tenant,
  'tier' | 'placement' | 'schoolCount' | 'autoMigrate' | 'pinnedTier' | 'wantsDedicated'
>;

/**
 * Decides whether a tenant moves. A tenant belongs in the lowest tier whose limit holds its schools. It moves up
 * automatically, skipping tiers if needed. It never moves down automatically, so a school that is removed and added
 * again causes no second move.
 */
export const decideMove = (
  settings: Pick<Settings, 'tiers'> & Partial<Pick<Settings, 'counted'>>,
  tenant: TenantGrowth,
): MoveDecision => {
  const { tiers } = settings;
  const inWords = (schools: number): string => countedText(schools, settings);
  const { tier: name, schoolCount: schools, pinnedTier, autoMigrate, wantsDedicated = false } = tenant;
  const at = tiers.findIndex((tier) => tier.name === name);
  const current = tiers[at];
  if (!current) return { kind: 'manualAction', reason: `tier ${name} is no longer in the catalogue` };
  const isOutgrown = !holds(current, schools);
  const getsOwnTable = wantsDedicated && tenant.placement === 'shared' && mayBeDedicated(current);
  if (!isOutgrown && !getsOwnTable)
    return { kind: 'stay', reason: `${inWords(schools)} of ${current.maxSchools ?? 'any number'}` };
  const target = isOutgrown ? tiers.slice(at + 1).find((tier) => holds(tier, schools)) : current;
  const reason = isOutgrown
    ? `${inWords(schools)}; the limit of tier ${name} is ${current.maxSchools}`
    : 'a dedicated table is requested';
  if (!target) return { kind: 'manualAction', reason: `${reason}; no higher tier has a sufficient limit` };
  if (pinnedTier !== undefined && pinnedTier !== target.name)
    return { kind: 'manualAction', reason: `${reason}, but it is pinned to tier ${pinnedTier}` };
  if (autoMigrate === 'off')
    return { kind: 'manualAction', reason: `${reason}, but automatic migration is off` };
  return { kind: 'move', tier: target.name, dedicated: wantsDedicated && mayBeDedicated(target), reason };
};

const holds = ({ maxSchools }: Tier, schools: number): boolean =>
  maxSchools === undefined || schools <= maxSchools;
const mayBeDedicated = ({ placement, dedicatedOnRequest }: Tier): boolean =>
  placement === 'dedicated' || dedicatedOnRequest;
