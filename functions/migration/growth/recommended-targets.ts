import type { TierName } from '../names.ts';
import type { Tenant } from '../registry/tenant.ts';
import { type MoveTarget, targetsOf } from '../requests/targets.ts';
import type { Settings } from '../settings/settings.ts';
import { decideMove } from './decide-move.ts';

/** Share of a tier's limit up to which a tenant has room to grow. */
const ROOMY_SHARE = 0.8;

/** A target, and true if an operator who wants to move the tenant should choose it. */
export interface RecommendedTarget extends MoveTarget {
  readonly recommended: boolean;
}

/**
 * Returns every target of a tenant. At most one is recommended: the one to which the tenant would move automatically, else
 * the lowest tier in which it has room to grow. None is if that is the tier that it is in.
 */
export const recommendedTargets = (settings: Settings, tenant: Tenant): readonly RecommendedTarget[] => {
  const wanted = wantedTier(settings, tenant);
  const { wantsDedicated = false } = tenant;
  const stays = wanted === tenant.tier && !wantsDedicated;
  const targets = targetsOf(settings, tenant);
  const inWanted = targets.filter(({ tier, elsewhere }) => !stays && !elsewhere && tier === wanted);
  // a tier may have tables of one placement only
  const recommended =
    inWanted.find(({ placement }) => (placement === 'dedicated') === wantsDedicated) ?? inWanted[0];
  return targets.map((target) => ({ ...target, recommended: target === recommended && target.allowed }));
};

const wantedTier = (settings: Settings, tenant: Tenant): TierName | undefined => {
  const decision = decideMove(settings, tenant);
  if (decision.kind === 'move') return decision.tier;
  const { schoolCount, pinnedTier } = tenant;
  const within = (share: number) =>
    settings.tiers.filter(({ maxSchools = Number.POSITIVE_INFINITY }) => schoolCount <= maxSchools * share);
  const fitting = within(1);
  return (fitting.find(({ name }) => name === pinnedTier) ?? within(ROOMY_SHARE)[0] ?? fitting[0])?.name;
};
