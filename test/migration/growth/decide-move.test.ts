import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideMove, type TenantGrowth } from '../../../functions/migration/growth/decide-move.ts';
import type { TierName } from '../../../functions/migration/names.ts';
import { parseSettings, type Settings } from '../../../functions/migration/settings/settings.ts';

const settings = parseSettings({});
const growing = (tier: string, schoolCount: number, more: Partial<TenantGrowth> = {}): TenantGrowth => ({
  tier: tier as TierName,
  placement: tier === 'enterprise' ? 'dedicated' : 'shared',
  schoolCount,
  ...more,
});
const decided = (...given: Parameters<typeof growing>) => decideMove(settings, growing(...given));

test.each([
  ['basic', 10, 'stay', undefined],
  ['basic', 11, 'move', 'advanced'],
  ['basic', 15, 'move', 'advanced'],
  ['basic', 50, 'move', 'advanced'],
  ['basic', 75, 'move', 'premium'],
  ['basic', 101, 'move', 'enterprise'],
  ['advanced', 50, 'stay', undefined],
  ['advanced', 51, 'move', 'premium'],
  ['premium', 101, 'move', 'enterprise'],
  ['enterprise', 5_000, 'stay', undefined],
  ['premium', 1, 'stay', undefined],
])('a tenant of %s with %i schools: %s %s', (tier, schools, kind, to) => {
  expect(decided(tier, schools)).toMatchObject({ kind, ...(to ? { tier: to } : {}) });
});

test('a tenant that may not move automatically, or not to that tier, needs an operator once it has outgrown its tier', () => {
  const premium = 'premium' as TierName;
  expect(decided('basic', 20, { autoMigrate: 'off' })).toMatchObject({ kind: 'manualAction' });
  expect(decided('basic', 20, { pinnedTier: premium })).toMatchObject({ kind: 'manualAction' });
  expect(decided('basic', 75, { pinnedTier: premium })).toMatchObject({ kind: 'move', tier: 'premium' });
  expect(decided('basic', 10, { autoMigrate: 'off', pinnedTier: premium }).kind).toBe('stay');
  expect(decided('retired', 1).kind).toBe('manualAction');
});

test('a preference for a dedicated table is met if the tier allows one', () => {
  const wish = { wantsDedicated: true } as const;
  expect(decided('premium', 60, wish)).toMatchObject({ kind: 'move', tier: 'premium', dedicated: true });
  expect(decided('premium', 60, { ...wish, placement: 'dedicated' }).kind).toBe('stay');
  expect(decided('basic', 5, wish).kind).toBe('stay');
  expect(decided('basic', 20, wish)).toMatchObject({ tier: 'advanced', dedicated: false });
  expect(decided('basic', 75, wish)).toMatchObject({ tier: 'premium', dedicated: true });
});

/** Catalogues of any number of tiers, whose limits grow. */
const catalogues = fc
  .uniqueArray(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 })
  .chain((limits) => fc.tuple(fc.constant(limits.sort((a, b) => a - b)), fc.boolean(), fc.func(fc.boolean())))
  .map(([limits, isOpen, onRequest]): Pick<Settings, 'tiers'> => {
    const tiers = limits.map((maxSchools, n) => ({
      name: `tier-${n}` as TierName,
      placement: 'shared' as const,
      dedicatedOnRequest: onRequest(n),
      maxTenants: 10,
      ...(isOpen && n === limits.length - 1 ? {} : { maxSchools }),
    }));
    return { tiers };
  });
const tenants = catalogues.chain((catalogue) =>
  fc.record({
    catalogue: fc.constant(catalogue),
    at: fc.nat(catalogue.tiers.length - 1),
    schoolCount: fc.nat(250),
    wantsDedicated: fc.option(fc.constant(true as const), { nil: undefined }),
  }),
);
const tenantOf = ({
  catalogue,
  at,
  schoolCount,
  wantsDedicated,
}: typeof tenants extends fc.Arbitrary<infer T> ? T : never) =>
  growing(catalogue.tiers[at]?.name ?? '', schoolCount, wantsDedicated ? { wantsDedicated } : {});

test('for any catalogue: it moves to the lowest higher tier that holds it, never down, and stays if it fits', () => {
  fc.assert(
    fc.property(tenants, (given) => {
      const { tiers } = given.catalogue;
      const { schoolCount } = given;
      const fits = (n: number) => schoolCount <= (tiers[n]?.maxSchools ?? Number.POSITIVE_INFINITY);
      const decision = decideMove(given.catalogue, tenantOf(given));
      if (fits(given.at)) {
        expect(decision.kind === 'stay' || (decision.kind === 'move' && decision.dedicated)).toBe(true);
        return;
      }
      const higher = tiers.findIndex((_, n) => n > given.at && fits(n));
      expect(decision).toMatchObject(
        higher < 0 ? { kind: 'manualAction' } : { kind: 'move', tier: tiers[higher]?.name },
      );
    }),
  );
});

test('for any catalogue: once it has moved as decided, nothing more is decided, and a school less changes nothing', () => {
  fc.assert(
    fc.property(tenants, (given) => {
      const before = tenantOf(given);
      const decision = decideMove(given.catalogue, before);
      if (decision.kind !== 'move') return;
      const placement = decision.dedicated ? 'dedicated' : 'shared';
      const moved: TenantGrowth = { ...before, tier: decision.tier, placement };
      expect(decideMove(given.catalogue, moved).kind).toBe('stay');
      const less = { ...moved, schoolCount: Math.max(0, moved.schoolCount - 1) };
      expect(decideMove(given.catalogue, less).kind).toBe('stay');
    }),
  );
});
