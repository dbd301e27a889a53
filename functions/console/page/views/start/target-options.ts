import type { PostArgs } from '../../api/client.ts';
import { sentence } from '../../api/problem.ts';
import type { Catalogue, Migration, TenantDetail } from '../../api/schema.ts';
import type { CountedNames } from '../../api/use-counted-names.ts';
import { count, counted } from '../../parts/formats.ts';

type Target = TenantDetail['targets'][number];
type To = PostArgs<'/plans'>['body']['to'];

/** A target as the form offers it. */
export interface TargetOption {
  /** Stands in the address. */
  readonly value: string;
  readonly label: string;
  readonly description: string;
  readonly isAllowed: boolean;
  readonly isRecommended: boolean;
  readonly to: To;
}

/** The facts about a tenant that decide where it may be moved. */
interface TargetFacts extends Pick<TenantDetail, 'targets'> {
  readonly tenant: Pick<TenantDetail['tenant'], 'schoolCount'>;
}

const ELSEWHERE = 'elsewhere';

/** Returns the targets of a tenant: the recommended one first, then the possible ones, then the others with their reasons. */
export const targetOptions = (
  { tenant, targets }: TargetFacts,
  tiers: Catalogue['tiers'],
  names: CountedNames,
): readonly TargetOption[] =>
  targets
    .map((target): TargetOption => {
      const { tier, placement, elsewhere, allowed, reason, recommended: isRecommended } = target;
      return {
        value: elsewhere ? ELSEWHERE : `${tier}.${placement}`,
        label: labelOf(target),
        description: reason === null ? limitsOf(target, tiers, tenant.schoolCount, names) : sentence(reason),
        ...{ isAllowed: allowed, isRecommended },
        to: elsewhere ? ELSEWHERE : { tier, dedicated: placement === 'dedicated' },
      };
    })
    .toSorted((a, b) => rankOf(a) - rankOf(b));

/** Says why no target is recommended; undefined if one is, or if the tenant needs a move. */
export const noneRecommended = (
  options: readonly TargetOption[],
  { decision }: Pick<TenantDetail, 'decision'>,
): string | undefined =>
  decision.kind !== 'stay' || options.some(({ isRecommended }) => isRecommended)
    ? undefined
    : 'The tenant has room in its tier. No move is due, so no target is recommended.';

/** Another table of the same tier helps a table, not a tenant: it comes after the other tiers. */
const rankOf = ({ isAllowed, isRecommended, value }: TargetOption): number => {
  if (isRecommended) return 0;
  if (!isAllowed) return 3;
  return value === ELSEWHERE ? 2 : 1;
};

const labelOf = ({ tier, placement, elsewhere }: Target): string => {
  if (elsewhere)
    return placement === 'dedicated' ? `${tier}, another dedicated table` : `${tier}, another shared table`;
  return placement === 'dedicated' ? `${tier}, dedicated table` : `${tier}, shared table`;
};

const limitsOf = (
  { tier, placement, elsewhere }: Target,
  tiers: Catalogue['tiers'],
  has: number,
  { label, labels }: CountedNames,
): string => {
  const known = tiers.find(({ name }) => name === tier);
  if (!known) return '';
  const { maxSchools, maxTenants } = known;
  const limit =
    maxSchools === undefined
      ? `No limit of ${labels}`
      : `Up to ${counted(maxSchools, label, labels)}; the tenant has ${count(has)}`;
  if (elsewhere && maxSchools !== undefined && has > maxSchools)
    return `${limit}, so it stays above the limit of its tier.`;
  return placement === 'dedicated'
    ? `${limit}. No other tenant is in the table.`
    : `${limit}. Up to ${counted(maxTenants, 'tenant')} in a table.`;
};

/** Returns the target of a dry run, for a request of another one. */
export const targetOf = ({ source, target }: Pick<Migration, 'source' | 'target'>): To =>
  source.tier === target.tier && source.placement === target.placement
    ? ELSEWHERE
    : { tier: target.tier, dedicated: target.placement === 'dedicated' };
