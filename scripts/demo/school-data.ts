import type { Item } from '../../functions/migration/items/items.ts';
import { SeededRandom } from './random.ts';
import { type District, type EntityType, makers } from './school-entities.ts';

export interface DistrictShape {
  readonly tenantId: string;
  /** Exact number of SCHOOL items. */
  readonly schools: number;
  /** Exact number of items in all; at least `schools`. */
  readonly items: number;
  /** The same seed gives the same items. */
  readonly seed: string | number;
}

/** Shares of the entity types among the other items. The order matters: a type refers only to types before it. */
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
 * Yields one district's items, of about 0.4 KB each, one at a time, so that a district of any size needs little memory.
 * @throws RangeError if there are fewer items than schools, or no school.
 */
export function* districtItems(shape: DistrictShape): Generator<Item> {
  const { tenantId, schools, items, seed } = shape;
  if (schools < 1 || items < schools)
    throw new RangeError('a district needs at least one school, and at least as many items as schools');
  const counts = countsOf(schools, items);
  const district: District = { tenantId, counts, random: new SeededRandom(`${seed}/${tenantId}`) };
  for (const [type, count] of Object.entries(counts) as [EntityType, number][]) {
    for (let n = 0; n < count; n += 1) yield makers[type](district, n);
  }
}

/**
 * Distributes the items over the types. Each type has at least one before a later one gets any, so that no reference
 * dangles.
 */
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
