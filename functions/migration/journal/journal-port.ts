import * as z from 'zod';
import type { EntityKey, MigrationId } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';
import type { Side } from '../route/route.ts';

/**
 * A key of a table's stream with the record's sequence number, or with a word if no stream record caused the entry.
 */
export const CapturedKey = z.object({
  key: named.text<EntityKey>(),
  sequence: z.string(),
});
export type CapturedKey = FieldsOf<typeof CapturedKey>;

/** A journal entry: a key that has changed on one side since it was last found equal on both. */
export interface JournalEntry extends CapturedKey {
  /** New each time the key is journalled. An entry is removed only if it is still the one that was read. */
  readonly token: string;
}

/** Keys of a migrating tenant that changed, by side. Never values. */
export interface Journal {
  /**
   * Journals keys as changed, each with a token that no entry has had before. An existing entry gets the new token.
   * @param changes different keys, each with the stream's sequence number, or a word for another cause.
   */
  addEntries(migrationId: MigrationId, side: Side, changes: readonly CapturedKey[]): Promise<void>;
  /** Returns at most `limit` entries, read consistently, in any order. */
  entries(migrationId: MigrationId, side: Side, limit: number): Promise<JournalEntry[]>;
  /** Returns which of these keys have an entry now, read consistently. */
  journalledAmong(
    migrationId: MigrationId,
    side: Side,
    keys: readonly EntityKey[],
  ): Promise<ReadonlySet<EntityKey>>;
  /** Removes entries. An entry whose token has changed since it was read is kept. */
  remove(migrationId: MigrationId, side: Side, entries: readonly JournalEntry[]): Promise<void>;
  /** Records the keys of entries as touched in this comparison round, then removes the entries as `remove` does. */
  removeAsTouched(
    migrationId: MigrationId,
    side: Side,
    entries: readonly JournalEntry[],
    round: number,
  ): Promise<void>;
  /** Returns at most `limit` keys touched in this comparison round or a later one, read consistently, in any order. */
  touched(
    migrationId: MigrationId,
    side: Side,
    fromRound: number,
    limit: number,
  ): Promise<readonly EntityKey[]>;
  /** Returns which of these keys are touched, in any round, read consistently. */
  touchedAmong(
    migrationId: MigrationId,
    side: Side,
    keys: readonly EntityKey[],
  ): Promise<ReadonlySet<EntityKey>>;
  /** Removes the keys of both sides that were last touched in an earlier comparison round. */
  forgetTouched(migrationId: MigrationId, beforeRound: number): Promise<void>;
  /** Removes all entries and touched keys of both sides. */
  clear(migrationId: MigrationId): Promise<void>;
}
