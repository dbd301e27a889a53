import type { Item } from '../../functions/migration/items.ts';
import { SeededRandom } from './random.ts';
import { type District, type EntityType, makers } from './school-entities.ts';

export interface DistrictShape {
  readonly tenantId: string;
  /** SCHOOL items, exactly. */
  readonly schools: number;
  /** Items in all, exactly; at least `schools`. */
  readonly items: number;
  /** The same seed gives the same items. */
  readonly seed: string | number;
}

/** Shares of what isn't a school. The order matters: a kind refers only to kinds before it. */
const SHARES: readonly (readonly [Exclude<EntityType, 'SCHOOL'>, number])[] = [
  ['ACADEMIC_YEAR', 0.001],
  ['TEACHER', 0.012],
  ['CLASSROOM', 0.01],
  ['COURSE', 0.02],
  ['STUDENT', 0.12],
  ['ASSIGNMENT', 0.06],
  ['GRADE', 0.39],
  ['ATTENDANCE', 1],
];

/**
 * One district's items, of about 0.4 KB each, one at a time: a district of any size needs no memory to speak of.
 * @throws RangeError where there are fewer items than schools, or no school.
 */
export function* districtItems(shape: DistrictShape): Generator<Item> {
  const { tenantId, schools, items, seed } = shape;
  if (schools < 1 || items < schools) throw new RangeError('a district has a school, and an item for each');
  const counts = countsOf(schools, items);
  const district: District = { tenantId, counts, random: new SeededRandom(`${seed}/${tenantId}`) };
  for (const [type, count] of Object.entries(counts) as [EntityType, number][]) {
    for (let n = 0; n < count; n += 1) yield makers[type](district, n);
  }
}

/** Every kind has one at least before a later kind gets any, so that no item refers to nothing. */
const countsOf = (schools: number, items: number): Record<EntityType, number> => {
  const rest = items - schools;
  let left = rest;
  const others = SHARES.map(([type, share]) => {
    const count = Math.min(left, Math.max(1, Math.floor(rest * share)));
    left -= count;
    return [type, count] as const;
  });
  return { SCHOOL: schools, ...Object.fromEntries(others) } as Record<EntityType, number>;
};
