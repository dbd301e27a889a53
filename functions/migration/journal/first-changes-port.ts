import * as z from 'zod';
import type { EntityKey, MigrationId } from '../names.ts';
import { type FieldsOf, named } from '../record-fields.ts';
import type { Side } from '../route/route.ts';

/** The first change of each key after a flip, by the side that the flip made live. */
export interface FirstChanges {
  /**
   * Saves the first changes of different keys on the side that a flip has made live. A key that has one keeps it; if
   * the new change was made around the flip, its states are added. `clear` removes them.
   */
  saveFirstChanges(migrationId: MigrationId, side: Side, changes: readonly FirstChange[]): Promise<void>;
  /** Returns all saved first changes on this side, read consistently, in any order. */
  firstChanges(migrationId: MigrationId, side: Side): AsyncIterable<FirstChange>;
  /** Returns the first changes of these keys on this side, read consistently, in any order. */
  firstChangesOf(
    migrationId: MigrationId,
    side: Side,
    keys: readonly EntityKey[],
  ): Promise<readonly FirstChange[]>;
}

/**
 * The items that a flip may have left under a key of the side that it made live, from the key's first change in the
 * stream.
 */
export const FirstChange = z.object({
  key: named.text<EntityKey>(),
  /**
   * `shortHash` of the item before the change, or '' if there was none, followed by the items after changes around the
   * flip. Empty if the stream's record is unreadable.
   */
  states: z.array(z.string()),
  /** Expiry of the item before the change, in seconds since 1970; absent if it does not expire. */
  expires: z.number().optional(),
  /**
   * Present if the change was made under the fence or at about the time of the flip: it may be the migration's own.
   */
  isAroundFlip: z.literal(true).optional(),
});
export type FirstChange = FieldsOf<typeof FirstChange>;
