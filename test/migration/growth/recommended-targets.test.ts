import { expect, test } from 'vitest';
import { recommendedTargets } from '../../../functions/migration/growth/recommended-targets.ts';
import type { TierName } from '../../../functions/migration/names.ts';
import type { Tenant } from '../../../functions/migration/registry/tenant.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { aTenant } from '../../support/records.ts';

const tier = (name: string, placement: 'shared' | 'dedicated', maxSchools?: number) => ({
  ...{ name, placement, maxSchools, maxTenants: placement === 'shared' ? 10 : 1 },
  dedicatedOnRequest: name === 'premium',
});
const settings = parseSettings({
  tiers: [
    tier('basic', 'shared', 10),
    tier('advanced', 'shared', 50),
    tier('premium', 'shared', 200),
    tier('enterprise', 'dedicated'),
  ],
});
const recommended = (given: Partial<Tenant>) =>
  recommendedTargets(settings, aTenant(given))
    .filter((target) => target.recommended)
    .map((target) => `${target.tier} ${target.placement}`);
const advanced = { tier: 'advanced' as TierName, maxSchools: 50 };

test.each<[string, Partial<Tenant>, string[]]>([
  ['near its limit, the next tier', { schoolCount: 9 }, ['advanced shared']],
  ['outgrown, the tier of its automatic move', { schoolCount: 48 }, ['advanced shared']],
  [
    'outgrown without automatic moves, the lowest tier with room to grow',
    { schoolCount: 48, autoMigrate: 'off' },
    ['premium shared'],
  ],
  ['outgrown by far, a tier of dedicated tables only', { schoolCount: 900 }, ['enterprise dedicated']],
  ['with room in its own tier, none', { schoolCount: 8 }, []],
  ['shrunk, a lower tier', { ...advanced, schoolCount: 3 }, ['basic shared']],
  ['shrunk to the limit of a lower tier, none', { ...advanced, schoolCount: 10 }, []],
  [
    'pinned, the tier it is pinned to',
    { schoolCount: 9, pinnedTier: 'premium' as TierName },
    ['premium shared'],
  ],
  [
    'waiting for a dedicated table, that of a tier that has one',
    { tier: 'premium' as TierName, maxSchools: 200, schoolCount: 150, wantsDedicated: true },
    ['premium dedicated'],
  ],
])('of the targets of a tenant that is %s is recommended', (_, given, expected) => {
  expect(recommended(given)).toEqual(expected);
});
