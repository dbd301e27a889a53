import { TableNotFound } from '../errors.ts';
import { isExpired } from '../items/expiry.ts';
import { byKeyOrder } from '../items/items.ts';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinel } from '../items/sentinel.ts';
import { type EntityKey, type ReadUnits, readUnits, type TableName, type TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { KeyRange } from '../segment.ts';
import { countedItems } from '../settings/counted-items.ts';
import type { Settings } from '../settings/settings.ts';

/** Sorts after every character of a key. */
const LAST = '\u{10FFFF}';

export interface SchoolCount {
  readonly schools: number;
  /** True if there are more than `most`, at which counting stopped. */
  readonly isMore: boolean;
  readonly units: ReadUnits;
}

/**
 * Counts a tenant's schools in its table, consistently: the items under `SCHOOL#id` that have not expired, or those that
 * the settings name instead. Items under a school (`SCHOOL#id#COURSE#...`) are skipped without being read. Each Query reads
 * one item, so a school costs two read units for items of up to 4 KB, however many items are under it. [Query: Limit;
 * consistent reads of 4 KB]
 * @param most counting stops once there are more schools.
 * @throws TableNotFound, Throttled, Unavailable
 */
export const countSchools = async (
  ports: Pick<Ports, 'partition' | 'clock' | 'settings'>,
  tenant: { readonly tenantId: TenantId; readonly table: TableName },
  most: number = Number.POSITIVE_INFINITY,
): Promise<SchoolCount> => {
  let schools = 0;
  let units = 0;
  for (let partition = 0; partition < layoutOf(ports.settings).partitions; partition += 1) {
    const found = await countInPartition(ports, tenant, partition, most - schools);
    schools += found.schools;
    units += found.units;
    if (found.isMore) return { schools, isMore: true, units: readUnits(units) };
  }
  return { schools, isMore: false, units: readUnits(units) };
};

const countInPartition = async (
  ports: Parameters<typeof countSchools>[0],
  { tenantId, table }: { readonly tenantId: TenantId; readonly table: TableName },
  number: number,
  most: number,
): Promise<SchoolCount> => {
  const { settings, clock } = ports;
  const partition = ports.partition(tenantId);
  const layout = layoutOf(settings);
  const keyAt = (sort: string) => layout.keyAt(number, sort);
  const { prefix, separator } = countedItems(settings);
  const end = keyAt(behind(prefix));
  let schools = 0;
  let units = 0;
  let range: KeyRange = { after: keyAt(prefix), through: end };
  for (;;) {
    const page = await partition.read(table, range, { limit: 1, consistent: true });
    units += page.units;
    const [item] = page.items;
    const key = item && layout.keyOf(item);
    if (!key || key === end) return { schools, isMore: false, units: readUnits(units) };
    if (isSchool(key, settings) && !isExpired(item, settings, clock.now())) schools += 1;
    if (schools > most) return { schools: most, isMore: true, units: readUnits(units) };
    // first continue right behind the school: an id may contain characters that sort before the separator
    const { sort } = layout.placeOf(key);
    const school = schoolOf(sort, settings);
    const past = keyAt(`${school}${separator}${LAST}`);
    range = { ...range, after: school === sort || byKeyOrder(past, key) <= 0 ? key : past };
  }
};

/** Returns the first key behind all keys that begin with this prefix. */
const behind = (prefix: string): string => {
  const separator = [...prefix].at(-1) ?? '';
  const next = (separator.codePointAt(0) ?? 0) + 1;
  return prefix.slice(0, -separator.length) + String.fromCodePoint(next);
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

/** True if this is the key of a school, or of what the settings count instead. */
export const isSchool = (key: EntityKey, settings: Pick<Settings, 'counted' | 'tableDesign'>): boolean => {
  const { sort } = layoutOf(settings).placeOf(key);
  return (
    sort.startsWith(countedItems(settings).prefix) && schoolOf(sort, settings) === sort && !isSentinel(key)
  );
};

/** Returns the sort key of the school that this sort key is, or lies under. */
const schoolOf = (sort: string, settings: Pick<Settings, 'counted'>): string => {
  const { prefix, separator } = countedItems(settings);
  const end = sort.indexOf(separator, prefix.length);
  return end < 0 ? sort : sort.slice(0, end);
};
