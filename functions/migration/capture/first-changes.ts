import { RecordDamaged } from '../errors.ts';
import { expiryOf } from '../expiry.ts';
import { shortHash } from '../fingerprint.ts';
import type { Item } from '../items.ts';
import type { Migration } from '../migration.ts';
import { type EntityKey, type EpochMs, epochMs, type MigrationId } from '../names.ts';
import type { FirstChange, Ports } from '../ports.ts';
import type { Side } from '../routing/route.ts';
import type { Settings } from '../settings.ts';
import type { Change } from './capture-changes.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** How much later than DynamoDB's clock the workflow's may be, in ms. */
const SKEW_MS = 1_000;
/** Items that are kept of a key that changed again and again around the flip. */
const STATES = 20;

/** The whole second in which a time lies: a stream's record tells no more. */
export const secondOf = (at: EpochMs): EpochMs => epochMs(Math.floor(at / SECOND_MS) * SECOND_MS);

/**
 * True if the tier tables' streams tell what was under a key before a change. A change that does not tell it then, since
 * the table was there before us and its stream has another view, is saved like an unreadable record.
 */
export const keepsFirstChanges = ({ tableDesign }: Pick<Settings, 'tableDesign'>): boolean =>
  tableDesign.streamView === 'NEW_AND_OLD_IMAGES';

/**
 * Saves the first change of each key since the flip, or since the flip back: the item before it is what the flip had left
 * under the key. If that is not the item of the side that was left, the live side has missed a write, however often the
 * application has written the key since.
 *
 * A record that was made before the fence is that of our own copy or apply, delivered late or again. Once the two sides
 * have been compared, a change that is made afterwards tells nothing more.
 * @param side the live one. @param changes of it, in the stream's order.
 */
export const saveFirstChanges = async (
  ports: Pick<Ports, 'journal' | 'migrations' | 'settings'>,
  migrationId: MigrationId,
  side: Side,
  changes: readonly Change[],
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
    first.set(change.key, earlier ? withMoreStates(earlier, one) : one);
  }
  if (first.size > 0) await ports.journal.saveFirstChanges(migrationId, side, [...first.values()]);
};

/** @returns `first` itself if the later change tells nothing more of what the flip left. */
export const withMoreStates = (first: FirstChange, later: FirstChange): FirstChange => {
  // an unreadable record may have left anything
  if (!later.isAroundFlip || first.states.length === 0) return first;
  const more = later.states.filter((state) => !first.states.includes(state));
  const states = [...first.states, ...more].slice(0, STATES);
  return states.length === first.states.length ? first : { ...first, states };
};

/** An item, or its absence, as `FirstChange` notes it. */
export const stateOf = (item: Item | undefined): string => (item ? shortHash(item) : '');

const firstChange = (
  { settings }: Pick<Ports, 'settings'>,
  { key, images }: Change,
  isAroundFlip: boolean,
): FirstChange => {
  const around = isAroundFlip ? ({ isAroundFlip } as const) : {};
  const read = images?.();
  if (!read) return { key, states: [], ...around };
  const expires = read.before && expiryOf(read.before, settings);
  const states = [stateOf(read.before), ...(isAroundFlip ? [stateOf(read.after)] : [])];
  return { key, states, ...(expires === undefined ? {} : { expires }), ...around };
};

/** A damaged record of the migration tells no times; the migration stops at it anyway. */
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
  /** When the comparison was concluded that needs first changes; undefined until then. */
  readonly comparedAt: EpochMs | undefined;
}

/**
 * Returns the flip that made the side live, while first changes since then are of use. A rollback writes to the kept source,
 * which then no longer tells what was flipped.
 */
const flipTo = (side: Side, migration: Migration): Flip | undefined => {
  const { status, rollbackStoppedIn, fencedAt, flippedAt, keptComparedAt } = migration;
  const { flippedBackAt, comparedBackAt } = migration;
  if (side === 'source')
    return status === 'rollingBack' && flippedBackAt !== undefined && comparedBackAt === undefined
      ? { fencedAt, at: flippedBackAt, comparedAt: undefined }
      : undefined;
  return status === 'holding' && flippedAt !== undefined && rollbackStoppedIn === undefined
    ? { fencedAt, at: flippedAt, comparedAt: keptComparedAt }
    : undefined;
};

/**
 * When a change was made.
 * @param at a whole second, or a whole minute: the engine on one machine rounds down to it.
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
