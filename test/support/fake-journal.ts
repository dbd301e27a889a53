import type { EntityKey, MigrationId } from '../../functions/migration/names.ts';
import type { Journal, Mark } from '../../functions/migration/ports.ts';
import type { Side } from '../../functions/migration/routing/route.ts';

export class FakeJournal implements Journal {
  readonly #tokens = new Map<string, Map<EntityKey, string>>();
  readonly #newId: () => string;

  constructor(newId: () => string) {
    this.#newId = newId;
  }

  async mark(
    migrationId: MigrationId,
    side: Side,
    changes: readonly { readonly key: EntityKey; readonly sequence: string }[],
  ) {
    if (new Set(changes.map(({ key }) => key)).size < changes.length) {
      throw new Error('one batch writes a key once');
    }
    for (const { key, sequence } of changes) {
      this.#side(migrationId, side).set(key, `${sequence}#${this.#newId()}`);
    }
  }

  async marks(migrationId: MigrationId, side: Side, limit: number): Promise<Mark[]> {
    return [...this.#side(migrationId, side)].slice(0, limit).map(([key, token]) => ({ key, token }));
  }

  async marked(migrationId: MigrationId, side: Side, keys: readonly EntityKey[]) {
    return new Set(keys.filter((key) => this.#side(migrationId, side).has(key)));
  }

  async remove(migrationId: MigrationId, side: Side, marks: readonly Mark[]) {
    const tokens = this.#side(migrationId, side);
    for (const { key, token } of marks) if (tokens.get(key) === token) tokens.delete(key);
  }

  async clear(migrationId: MigrationId) {
    for (const side of ['source', 'target'] as const) this.#side(migrationId, side).clear();
  }

  #side(migrationId: MigrationId, side: Side): Map<EntityKey, string> {
    const id = `${migrationId}#${side}`;
    const tokens = this.#tokens.get(id) ?? new Map<EntityKey, string>();
    this.#tokens.set(id, tokens);
    return tokens;
  }
}
