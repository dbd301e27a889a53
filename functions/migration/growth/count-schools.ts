import { isSentinel } from '../capture/sentinel.ts';
import { TableNotFound } from '../errors.ts';
import { isExpired } from '../expiry.ts';
import { compareKeys, keyOf } from '../items.ts';
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
/** The first key behind all that begins so. */
const END = 'SCHOOL$';
/** Sorts after every character that a key has. */
const LAST = '\u{10FFFF}';

export interface SchoolCount {
  readonly schools: number;
  /** There are more: it stopped at `most`. */
  readonly isMore: boolean;
  readonly units: ReadUnits;
}

/**
 * The schools of a tenant, taken from its table, consistently: items under `SCHOOL#id`, but for those whose time has
 * passed. What lies under a school (`SCHOOL#id#COURSE#...`) is skipped, not read: each Query reads one item, so a school
 * costs two read units for items of up to 4 KB, however much is under it. [Query: Limit; consistent reads of 4 KB]
 * @param most counting stops once there are more: the answer to what is asked is known then.
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
    // right behind the school first: an id may hold characters that sort before '#'
    const past = entityKey(`${schoolOf(key)}#${LAST}`);
    range = { ...range, after: schoolOf(key) === key || compareKeys(past, key) <= 0 ? key : past };
  }
};

/** How many schools, `most` at most; undefined where the table is gone. @throws Throttled, Unavailable */
export const schoolsIfThere = async (
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

/** Key of the school that this key is, or lies under. */
const schoolOf = (key: EntityKey): EntityKey => {
  const end = key.indexOf('#', SCHOOL.length);
  return end < 0 ? key : entityKey(key.slice(0, end));
};
