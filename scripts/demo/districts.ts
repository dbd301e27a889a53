/** An invented district of the demo. */
export interface DemoDistrict {
  readonly tenantId: string;
  readonly name: string;
  readonly tier: 'basic' | 'advanced' | 'premium' | 'enterprise';
  readonly dedicated?: boolean;
  readonly schools: number;
  readonly items: number;
}

/** The district that has outgrown its tier: fifteen schools, while basic allows ten. */
export const CHOSEN_ID = 'cedar-valley';
export const CHOSEN_ITEMS = 35_000;
/** Its items on the native engine, which scans all stream records on each write: 35,000 would take hours. */
export const CHOSEN_ITEMS_NATIVE = 2_000;
export const CHOSEN_SCHOOLS = 15;

const chosenDistrict = (items: number): DemoDistrict => ({
  tenantId: CHOSEN_ID,
  name: 'Cedar Valley Unified',
  tier: 'basic',
  schools: CHOSEN_SCHOOLS,
  items,
});

type DistrictRow = readonly [tenantId: string, name: string, schools: number, items: number];

const BASIC: readonly DistrictRow[] = [
  ['amber-lake', 'Amber Lake Schools', 3, 80],
  ['birchwood', 'Birchwood District', 6, 160],
  ['coral-bay', 'Coral Bay Schools', 2, 50],
  ['dry-creek', 'Dry Creek Joint District', 5, 110],
  ['elk-meadow', 'Elk Meadow District', 1, 40],
  ['foxglove', 'Foxglove County Schools', 8, 170],
  ['gull-point', 'Gull Point Schools', 4, 100],
  ['hazel-ridge', 'Hazel Ridge District', 9, 230],
];
const ADVANCED: readonly DistrictRow[] = [
  ['indigo-falls', 'Indigo Falls Unified', 18, 160],
  ['jasper-plains', 'Jasper Plains District', 24, 200],
  ['kestrel-hills', 'Kestrel Hills Schools', 31, 130],
  ['linden-park', 'Linden Park Unified', 42, 230],
  ['maple-fork', 'Maple Fork District', 12, 80],
  ['nettle-bridge', 'Nettle Bridge Schools', 27, 160],
];
const PREMIUM: readonly DistrictRow[] = [
  ['osprey-coast', 'Osprey Coast Unified', 64, 220],
  ['prairie-star', 'Prairie Star District', 82, 250],
];
const ENTERPRISE: readonly DistrictRow[] = [
  ['river-metro', 'River Metro Public Schools', 140, 270],
  ['saltmarsh', 'Saltmarsh City Schools', 115, 240],
];

const rows = (tier: DemoDistrict['tier'], from: readonly DistrictRow[]): DemoDistrict[] =>
  from.map(([tenantId, name, schools, items]) => ({ tenantId, name, tier, schools, items }));

/** Minimum number of items of a district beside its schools: one of every other entity type. */
const MIN_OTHER_ITEMS = 8;

/**
 * Returns twenty districts over all tiers, the chosen one first.
 * @param items number of items of the chosen district; with fewer than usual the others shrink in proportion.
 */
export const demoDistricts = (items = CHOSEN_ITEMS): DemoDistrict[] => {
  const share = Math.min(1, items / CHOSEN_ITEMS);
  const neighbours = [
    ...rows('basic', BASIC),
    ...rows('advanced', ADVANCED),
    ...rows('premium', PREMIUM),
    {
      tenantId: 'quarry-heights',
      name: 'Quarry Heights Unified',
      tier: 'premium',
      dedicated: true,
      schools: 71,
      items: 170,
    } as const,
    ...rows('enterprise', ENTERPRISE),
  ];
  return [
    chosenDistrict(items),
    ...neighbours.map((district) => ({
      ...district,
      items: Math.max(district.schools + MIN_OTHER_ITEMS, Math.round(district.items * share)),
    })),
  ];
};
