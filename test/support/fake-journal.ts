import { BUCKETS, bucketOf } from '../../functions/aws/journal-buckets.ts';
import { mergeStates } from '../../functions/migration/journal/first-changes.ts';
import type { FirstChange, FirstChanges } from '../../functions/migration/journal/first-changes-port.ts';
import type { Journal, JournalEntry } from '../../functions/migration/journal/journal-port.ts';
import type { EntityKey, MigrationId } from '../../functions/migration/names.ts';
import type { Side } from '../../functions/migration/route/route.ts';
import { inKeyOrder } from './key-order.ts';

export class FakeJournal implements Journal, FirstChanges {
  readonly #tokens = new Map<string, Map<EntityKey, string>>();
  readonly #touched = new Map<string, Map<EntityKey, number>>();
  readonly #first = new Map<string, Map<EntityKey, FirstChange>>();
  readonly #newId: () => string;
  readonly #buckets = new Map<EntityKey, number>();
  #reads = 0;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  async addEntries(
    migrationId: MigrationId,
    side: Side,
    changes: readonly { readonly key: EntityKey; readonly sequence: string }[],
  ) {
    if (new Set(changes.map(({ key }) => key)).size < changes.length) {
      throw new Error('one batch writes a key once');
    }
    const tokens = this.#side(migrationId, side);
    for (const { key, sequence } of changes) tokens.set(key, `${sequence}#${this.#newId()}`);
  }

  /** Returns entries in the order of the real journal: bucket by bucket, from any bucket on, in key order within each. */
  async entries(migrationId: MigrationId, side: Side, limit: number): Promise<JournalEntry[]> {
    this.#reads += 1;
    const entries = [...this.#side(migrationId, side)].map(([key, token]) => ({
      key,
      token,
      sequence: token.slice(0, token.lastIndexOf('#')),
    }));
    const inBuckets = Map.groupBy(entries, ({ key }) => this.#bucketOf(key));
    let open = Array.from({ length: BUCKETS }, (_, n) =>
      (inBuckets.get((this.#reads + n) % BUCKETS) ?? []).sort((a, b) => inKeyOrder(a.key, b.key)),
    );
    const found: JournalEntry[] = [];
    while (open.length > 0 && found.length < limit) {
      const share = Math.ceil((limit - found.length) / open.length);
      found.push(...open.flatMap((bucket) => bucket.splice(0, share)));
      open = open.filter((bucket) => bucket.length > 0);
    }
    return found.slice(0, limit);
  }

  async journalledAmong(migrationId: MigrationId, side: Side, keys: readonly EntityKey[]) {
    const tokens = this.#side(migrationId, side);
    return new Set(keys.filter((key) => tokens.has(key)));
  }

  async remove(migrationId: MigrationId, side: Side, entries: readonly JournalEntry[]) {
    const tokens = this.#side(migrationId, side);
    for (const { key, token } of entries) if (tokens.get(key) === token) tokens.delete(key);
  }

  async saveFirstChanges(migrationId: MigrationId, side: Side, changes: readonly FirstChange[]) {
    const first = this.#firstOn(migrationId, side);
    for (const change of changes) {
      const earlier = first.get(change.key);
      first.set(change.key, earlier ? mergeStates(earlier, change) : change);
    }
  }

  async *firstChanges(migrationId: MigrationId, side: Side) {
    yield* this.#firstOn(migrationId, side).values();
  }

  async firstChangesOf(migrationId: MigrationId, side: Side, keys: readonly EntityKey[]) {
    const first = this.#firstOn(migrationId, side);
    return [...new Set(keys)].flatMap((key) => first.get(key) ?? []);
  }

  async removeAsTouched(
    migrationId: MigrationId,
    side: Side,
    entries: readonly JournalEntry[],
    round: number,
  ) {
    for (const { key } of entries) this.#touchedOn(migrationId, side).set(key, round);
    await this.remove(migrationId, side, entries);
  }

  async touched(migrationId: MigrationId, side: Side, fromRound: number, limit: number) {
    const found = [...this.#touchedOn(migrationId, side)].filter(([, round]) => round >= fromRound);
    return found.slice(0, limit).map(([key]) => key);
  }

  async touchedAmong(migrationId: MigrationId, side: Side, keys: readonly EntityKey[]) {
    const touched = this.#touchedOn(migrationId, side);
    return new Set(keys.filter((key) => touched.has(key)));
  }

  async forgetTouched(migrationId: MigrationId, beforeRound: number) {
    for (const side of ['source', 'target'] as const) {
      const touched = this.#touchedOn(migrationId, side);
      for (const [key, round] of touched) if (round < beforeRound) touched.delete(key);
    }
  }

  async clear(migrationId: MigrationId) {
    for (const side of ['source', 'target'] as const) {
      this.#side(migrationId, side).clear();
      this.#touchedOn(migrationId, side).clear();
      this.#firstOn(migrationId, side).clear();
    }
  }

  #bucketOf(key: EntityKey): number {
    const bucket = this.#buckets.get(key) ?? bucketOf(key);
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #firstOn(migrationId: MigrationId, side: Side): Map<EntityKey, FirstChange> {
    const id = `${migrationId}#${side}`;
    const first = this.#first.get(id) ?? new Map<EntityKey, FirstChange>();
    this.#first.set(id, first);
    return first;
  }

  #touchedOn(migrationId: MigrationId, side: Side): Map<EntityKey, number> {
    const id = `${migrationId}#${side}`;
    const touched = this.#touched.get(id) ?? new Map<EntityKey, number>();
    this.#touched.set(id, touched);
    return touched;
  }

  #side(migrationId: MigrationId, side: Side): Map<EntityKey, string> {
    const id = `${migrationId}#${side}`;
    const tokens = this.#tokens.get(id) ?? new Map<EntityKey, string>();
    this.#tokens.set(id, tokens);
    return tokens;
  }
}
