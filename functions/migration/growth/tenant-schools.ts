import { TableNotFound } from '../errors.ts';
import { isExpired } from '../items/expiry.ts';
import { byKeyOrder, keyOf } from '../items/items.ts';
import { isSentinel } from '../items/sentinel.ts';
import {
  type EntityKey,
  entityKey,
  type ReadUnits,
  readUnits,
  type TableName,
  type TenantId,
} from '../names.ts';
import type { Ports } from '../ports.ts';
import type { KeyRange } from '../segment.ts';

const SCHOOL = 'SCHOOL#';
/** The first key behind all keys with this prefix. */
const END = 'SCHOOL$';
/** Sorts after every character of a key. */
const LAST = '\u{10FFFF}';

export interface SchoolCount {
  readonly schools: number;
  /** True if there are more than `most`, at which counting stopped. */
  readonly isMore: boolean;
  readonly units: ReadUnits;
}

/**
 * Counts a tenant's schools in its table, consistently: the items under `SCHOOL#id` that have not expired. Items under
 * a school (`SCHOOL#id#COURSE#...`) are skipped without being read. Each Query reads one item, so a school costs two
 * read units for items of up to 4 KB, however many items are under it. [Query: Limit; consistent reads of 4 KB]
 * @param most counting stops once there are more schools.
 * @throws TableNotFound, Throttled, Unavailable
 */
export const countSchools = async (
  ports: Pick<Ports, 'partition' | 'clock' | 'settings'>,
  { tenantId, table }: { readonly tenantId: TenantId; readonly table: TableName },
  most: number = Number.POSITIVE_INFINITY,
): Promise<SchoolCount> => {
  const partition = ports.partition(tenantId);
  let schools = 0;
  let units = 0;
  let range: KeyRange = { after: entityKey(SCHOOL), through: entityKey(END) };
  for (;;) {
    const page = await partition.read(table, range, { limit: 1, consistent: true });
    units += page.units;
    const [item] = page.items;
    const key = item && keyOf(item);
    if (!key || key === END) return { schools, isMore: false, units: readUnits(units) };
    if (isSchool(key) && !isExpired(item, ports.settings, ports.clock.now())) schools += 1;
    if (schools > most) return { schools: most, isMore: true, units: readUnits(units) };
    // first continue right behind the school: an id may contain characters that sort before '#'
    const past = entityKey(`${schoolOf(key)}#${LAST}`);
    range = { ...range, after: schoolOf(key) === key || byKeyOrder(past, key) <= 0 ? key : past };
  }
};

/**
 * Returns the number of schools, at most `most`; undefined if the table does not exist.
 * @throws Throttled, Unavailable
 */
export const countSchoolsIfTableExists = async (
  ports: Parameters<typeof countSchools>[0],
  tenant: { readonly tenantId: TenantId; readonly table: TableName },
  most?: number,
): Promise<number | undefined> => {
  try {
    return (await countSchools(ports, tenant, most)).schools;
  } catch (error) {
    if (error instanceof TableNotFound) return undefined;
    throw error;
  }
};

export const isSchool = (key: EntityKey): boolean =>
  key.startsWith(SCHOOL) && schoolOf(key) === key && !isSentinel(key);

/** Returns the key of the school that this key is, or lies under. */
const schoolOf = (key: EntityKey): EntityKey => {
  const end = key.indexOf('#', SCHOOL.length);
  return end < 0 ? key : entityKey(key.slice(0, end));
};
