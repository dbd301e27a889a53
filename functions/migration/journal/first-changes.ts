import { RecordDamaged } from '../errors.ts';
import { shortHash } from '../items/checksum.ts';
import { expiryOf } from '../items/expiry.ts';
import type { Item } from '../items/items.ts';
import type { Migration } from '../migration.ts';
import { type EntityKey, type EpochMs, epochMs, type MigrationId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Side } from '../route/route.ts';
import type { Settings } from '../settings/settings.ts';
import type { CapturedChange } from './captured-change.ts';
import type { FirstChange } from './first-changes-port.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Tolerance for the workflow's clock being ahead of DynamoDB's, in ms. */
const SKEW_MS = 1_000;
/** Maximum number of states kept of a key that changed repeatedly around the flip. */
const MAX_STATES = 20;

/** Rounds a time down to the second, which is the resolution of stream records. */
export const secondOf = (at: EpochMs): EpochMs => epochMs(Math.floor(at / SECOND_MS) * SECOND_MS);

/**
 * True if the tier tables' streams have the item before each change. A change without it, from a table that is older
 * than this deployment and has another stream view, is saved like an unreadable record.
 */
export const keepsFirstChanges = ({ tableDesign }: Pick<Settings, 'tableDesign'>): boolean =>
  tableDesign.streamView === 'NEW_AND_OLD_IMAGES';

/**
 * Saves the first change of each key since the flip, or since the reverse flip. The item before that change is what the
 * flip left under the key. If it differs from the item on the side that was left, the live side has missed a write,
 * however often the application has written the key since.
 *
 * Records from before the fence are late or repeated deliveries of the migration's own writes and are ignored. So are
 * changes made after the two sides have been compared, because they add nothing.
 * @param side the live side.
 * @param changes its changes, in stream order.
 */
export const saveFirstChanges = async (
  ports: Pick<Ports, 'journal' | 'migrations' | 'settings'>,
  migrationId: MigrationId,
  side: Side,
  changes: readonly CapturedChange[],
): Promise<void> => {
  const migration = await migrationOf(ports, migrationId);
  const flip = migration && flipTo(side, migration);
  if (!flip) return;
  const first = new Map<EntityKey, FirstChange>();
  for (const change of changes) {
    const when = timeOf(flip, change.createdAt);
    if (when === 'of no use' || (when === 'after the flip' && first.has(change.key))) continue;
    const one = firstChange(ports, change, when === 'around the flip');
    const earlier = first.get(change.key);
    first.set(change.key, earlier ? mergeStates(earlier, one) : one);
  }
  if (first.size > 0) await ports.journal.saveFirstChanges(migrationId, side, [...first.values()]);
};

/** @returns `first` itself if the later change adds nothing about what the flip left. */
export const mergeStates = (first: FirstChange, later: FirstChange): FirstChange => {
  // an unreadable record may have left any item
  if (!later.isAroundFlip || first.states.length === 0) return first;
  const more = later.states.filter((state) => !first.states.includes(state));
  const states = [...first.states, ...more].slice(0, MAX_STATES);
  return states.length === first.states.length ? first : { ...first, states };
};

/** Returns the hash by which `FirstChange` records an item, or an empty text for no item. */
export const stateOf = (item: Item | undefined): string => (item ? shortHash(item) : '');

const firstChange = (
  { settings }: Pick<Ports, 'settings'>,
  { key, images }: CapturedChange,
  isAroundFlip: boolean,
): FirstChange => {
  const around = isAroundFlip ? ({ isAroundFlip } as const) : {};
  const read = images?.();
  if (!read) return { key, states: [], ...around };
  const expires = read.before && expiryOf(read.before, settings);
  const states = [stateOf(read.before), ...(isAroundFlip ? [stateOf(read.after)] : [])];
  return { key, states, expires, ...around };
};

/**
 * Returns undefined if the record is damaged: it has no times to compare with, and the migration stops at it anyway.
 */
const migrationOf = async (
  { migrations }: Pick<Ports, 'migrations'>,
  migrationId: MigrationId,
): Promise<Migration | undefined> => {
  try {
    return await migrations.get(migrationId);
  } catch (error) {
    if (error instanceof RecordDamaged) return undefined;
    throw error;
  }
};

interface Flip {
  readonly fencedAt: EpochMs | undefined;
  readonly at: EpochMs;
  /** Time at which the comparison that needs first changes was concluded; undefined until then. */
  readonly comparedAt: EpochMs | undefined;
}

/**
 * Returns the flip that made the side live, as long as first changes since that flip are useful. A rollback writes to
 * the kept source, which then no longer shows what was flipped.
 */
const flipTo = (side: Side, migration: Migration): Flip | undefined => {
  const { status, rollbackStoppedIn, fencedAt, flippedAt, keptComparedAt } = migration;
  const { reverseFlippedAt, targetComparedAt } = migration;
  if (side === 'source')
    return status === 'rollingBack' && reverseFlippedAt !== undefined && targetComparedAt === undefined
      ? { fencedAt, at: reverseFlippedAt, comparedAt: undefined }
      : undefined;
  return status === 'holding' && flippedAt !== undefined && rollbackStoppedIn === undefined
    ? { fencedAt, at: flippedAt, comparedAt: keptComparedAt }
    : undefined;
};

/**
 * Classifies a change by its time.
 * @param at a whole second, or a whole minute: the embedded engine rounds down to minutes.
 */
const timeOf = (
  { fencedAt, at: flippedAt, comparedAt }: Flip,
  at: EpochMs | undefined,
): 'of no use' | 'around the flip' | 'after the flip' => {
  if (at === undefined) return 'of no use';
  const unit = at % MINUTE_MS === 0 ? MINUTE_MS : SECOND_MS;
  const rounded = (time: number) => Math.floor(time / unit) * unit;
  if (at < rounded((fencedAt ?? flippedAt) - SKEW_MS)) return 'of no use';
  if (comparedAt !== undefined && at > rounded(comparedAt)) return 'of no use';
  return at <= rounded(flippedAt) ? 'around the flip' : 'after the flip';
};
