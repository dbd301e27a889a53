import { valueInCondition } from './key-conditions.ts';
import { compileTemplates, type KeyTemplate } from './key-template.ts';
import { type Fields, fieldsOf, stringOf, textOf } from './records.ts';
import { UnroutableRequest } from './unroutable-request.ts';

/** A partition key whose values name a tenant. */
export interface TenantKey {
  /** The attribute's name. */
  readonly partitionKey: string;
  /**
   * The form of its values: text with `{tenant}`, e.g. `TENANT#{tenant}`. For a tenant of several partitions a range
   * (`TENANT#{tenant}#{0..15}`), or several templates. `{rest}` stands for any text. `{tenant}` matches the characters of
   * a session tag: letters, numbers, spaces and `_ . : / = + - @`.
   */
  readonly template: string | readonly string[];
}

/** The keys of the tenants' table. */
export interface TenantKeys extends TenantKey {
  /** The attribute of the table's sort key. Sentinels of Tierferry are recognised by it. */
  readonly sortKey: string;
  /**
   * Indexes whose partition key names a tenant in another way than the table's. A query of any other index names its
   * tenant by the table's partition key if the index has it, and by the context otherwise.
   */
  readonly indexes?: Readonly<Record<string, TenantKey>>;
}

/** The keys that Tierferry's own tables have. */
export const DEFAULT_KEYS: TenantKeys = {
  partitionKey: 'tenantId',
  sortKey: 'entityKey',
  template: '{tenant}',
};

/** Reads a request's tenant from a value of a partition key. */
interface CompiledKey {
  readonly partitionKey: string;
  readonly tenantIn: KeyTemplate;
}

const compileKey = ({ partitionKey, template }: TenantKey): CompiledKey => ({
  partitionKey,
  tenantIn: compileTemplates(template),
});

/** Finds the tenant that a request names, or the context's if it names none. */
export class TenantNames {
  readonly #key: CompiledKey;
  readonly #indexes: ReadonlyMap<string, CompiledKey>;
  readonly #current: () => string | undefined;

  /** @throws TypeError if a template is not one. */
  constructor(keys: TenantKeys, current: () => string | undefined) {
    this.#key = compileKey(keys);
    this.#indexes = new Map(Object.entries(keys.indexes ?? {}).map(([name, key]) => [name, compileKey(key)]));
    this.#current = current;
  }

  /** Returns the tenant of a key or an item. @throws UnroutableRequest if there is none. */
  ofItem(operation: string, item: unknown): string {
    return this.#ofValue(operation, this.#key, fieldsOf(item)[this.#key.partitionKey]);
  }

  /** Returns the tenant of a query of the table or of an index. @throws UnroutableRequest if there is none. */
  ofQuery(operation: string, query: Fields): string {
    const key = this.#keyOf(textOf(query.IndexName));
    return this.#ofValue(operation, key, valueInCondition(query, key.partitionKey));
  }

  /**
   * Returns the tenant of a statement, by the value that it requires of a partition key.
   * @throws UnroutableRequest if there is none.
   */
  ofStatement(
    operation: string,
    index: string | undefined,
    requiredValue: (attribute: string) => unknown,
  ): string {
    const key = this.#keyOf(index);
    return this.#ofValue(operation, key, requiredValue(key.partitionKey));
  }

  /** Returns the context's tenant, for a request that cannot name one. @throws UnroutableRequest if there is none. */
  ofContext(operation: string): string {
    const tenantId = this.current();
    if (tenantId) return tenantId;
    throw new UnroutableRequest(
      operation,
      'no-tenant',
      'the request names no tenant, and there is no current tenant',
      'Give the client the option `tenant`, and send the request in the context of a tenant.',
    );
  }

  /** Returns the context's tenant, if there is one. */
  current(): string | undefined {
    return this.#current() || undefined;
  }

  #keyOf(index: string | undefined): CompiledKey {
    return (index === undefined ? undefined : this.#indexes.get(index)) ?? this.#key;
  }

  #ofValue(operation: string, { partitionKey, tenantIn }: CompiledKey, value: unknown): string {
    if (value === undefined) {
      const tenantId = this.current();
      if (tenantId) return tenantId;
      throw new UnroutableRequest(
        operation,
        'no-tenant',
        `the request names no tenant: it gives no value of ${partitionKey}, and there is no current tenant`,
        `Add a condition on ${partitionKey}, describe the index in the option \`keys\`, or send the request in the context of a tenant (option \`tenant\`).`,
      );
    }
    const text = stringOf(value);
    const tenantId = text === undefined ? undefined : tenantIn(text);
    if (tenantId !== undefined) return tenantId;
    throw new UnroutableRequest(
      operation,
      'key-of-no-tenant',
      `its value of ${partitionKey} does not match the template of the keys, so it belongs to no tenant`,
      'Keep such items in a table of their own: a migration moves items of tenants only.',
    );
  }
}
