import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { TENANT_CHARACTER } from '../../router/client/key-template.ts';
import { type EntityKey, entityKey, type TenantId } from '../names.ts';
import { type Keys, type Settings, type TierKeys, tierTableKeys } from '../settings/settings.ts';
import {
  indexTexts,
  type PartitionForm,
  partitionForms,
  textsBefore,
} from '../settings/tenant-partitions.ts';

/** The keys that tier tables have unless the settings say otherwise. */
const DEFAULT_KEYS: TierKeys = { partitionKey: 'tenantId', sortKey: 'entityKey', template: '{tenant}' };

/** Digits of a partition's number in an entity key. */
const PARTITION_DIGITS = 2;
/** Ends a partition's number in an entity key. */
const PARTITION_END = '/';
const PREFIX_LENGTH = PARTITION_DIGITS + PARTITION_END.length;

const TENANT_AT_START = new RegExp(`^${TENANT_CHARACTER}+`, 'u');
/** Ends the tenant's id within a value of an index. No tenant id contains it. */
const INDEX_SEPARATOR = '#';

/** An item, its key, or the `Keys` of a stream record, in wire format. */
type WireRecord = Record<string, AttributeValue>;

/** The tenant and the partition that a partition key value names. */
interface TenantPartition {
  readonly tenantId: TenantId;
  /** Number of the partition, from 0, in the order of the templates. */
  readonly partition: number;
}

/**
 * Maps a tenant and an entity key to the keys of a tier table, and back. Made once from the settings.
 *
 * If a tenant has one partition, an entity key is the value of the sort key. If it has several, an entity key is the
 * number of the partition and the value of the sort key: `07/STUDENT#1`. In the order of entity keys one partition comes
 * after the other, so a tenant of several partitions is one range of keys to the core. `07/` alone is no item's key: it is
 * the beginning of partition 7.
 */
export class KeyLayout {
  readonly tableKeys: Required<Keys>;
  readonly #forms: readonly PartitionForm[];
  readonly #indexTexts: ReadonlyMap<string, readonly string[]>;
  readonly #texts: readonly string[];
  /** Numbers of the partitions, by the text before the id, a `{`, and the text behind it. */
  readonly #numbers: ReadonlyMap<string, number>;

  /** @throws TypeError if a template is not one. */
  constructor(keys: TierKeys) {
    this.tableKeys = tierTableKeys({ keys });
    this.#forms = partitionForms(keys.template);
    this.#texts = textsBefore(this.#forms);
    this.#numbers = new Map(this.#forms.map(({ before, after }, n) => [`${before}{${after}`, n]));
    this.#indexTexts = new Map(
      Object.entries(keys.indexes ?? {}).map(([name, { template }]) => [
        name,
        [...new Set([...indexTexts(template), ...this.#texts])],
      ]),
    );
  }

  /** Number of partitions that each tenant has. */
  get partitions(): number {
    return this.#forms.length;
  }

  /** Returns the values of the partition key of all of a tenant's partitions, in their order. */
  partitionValues(tenantId: string): readonly string[] {
    return this.#forms.map(({ before, after }) => `${before}${tenantId}${after}`);
  }

  /** Returns the key of the tenant's item in a tier table. */
  wireKey(tenantId: TenantId, key: EntityKey): WireRecord {
    const { partition, sort } = this.placeOf(key);
    return {
      [this.tableKeys.partitionKey.name]: { S: this.partitionValue(tenantId, partition) },
      [this.tableKeys.sortKey.name]: { S: sort },
    };
  }

  /** Returns the value of the partition key of one of the tenant's partitions. */
  partitionValue(tenantId: TenantId, partition: number): string {
    const form = this.#forms[partition];
    if (!form) throw new TypeError(`a tenant has ${this.partitions} partitions, but a key names another`);
    return `${form.before}${tenantId}${form.after}`;
  }

  /** Returns the entity key of an item, or of the `Keys` of a stream record. Every item of a tier table has one. */
  keyOf(item: WireRecord): EntityKey {
    const { partitionKey, sortKey } = this.tableKeys;
    const sort = item[sortKey.name]?.S;
    if (sort === undefined) throw new TypeError(`an item of a tier table has a string ${sortKey.name}`);
    if (this.partitions === 1) return entityKey(sort);
    const found = this.#find(item[partitionKey.name]?.S ?? '');
    if (!found)
      throw new TypeError(`the ${partitionKey.name} of an item does not match the template of tenants' keys`);
    return this.keyAt(found.partition, sort);
  }

  /** Returns the tenant of an item or of the `Keys` of a stream record; undefined if its keys are no tenant's. */
  tenantOf(item: WireRecord): TenantId | undefined {
    const { partitionKey, sortKey } = this.tableKeys;
    const value = item[partitionKey.name]?.S;
    return value === undefined || item[sortKey.name]?.S === undefined
      ? undefined
      : this.#find(value)?.tenantId;
  }

  /** Splits an entity key into its partition and the value of its sort key, which is empty at a partition's beginning. */
  placeOf(key: EntityKey): { readonly partition: number; readonly sort: string } {
    if (this.partitions === 1) return { partition: 0, sort: key };
    const partition = Number(key.slice(0, PARTITION_DIGITS));
    if (key[PARTITION_DIGITS] !== PARTITION_END || !(partition < this.partitions))
      throw new TypeError("a key does not begin with the number of one of the tenant's partitions");
    return { partition, sort: key.slice(PREFIX_LENGTH) };
  }

  /** Returns the entity key of an item in one of the tenant's partitions. */
  keyAt(partition: number, sort: string): EntityKey {
    return this.partitions === 1
      ? entityKey(sort)
      : entityKey(`${String(partition).padStart(PARTITION_DIGITS, '0')}${PARTITION_END}${sort}`);
  }

  /** Returns the keys with the same sort key in all partitions of a tenant. */
  everywhere(key: EntityKey): readonly EntityKey[] {
    const { sort } = this.placeOf(key);
    return this.#forms.map((_, partition) => this.keyAt(partition, sort));
  }

  /** True if this is the beginning of one of several partitions, and no item's key. */
  isBeginning(key: EntityKey): boolean {
    return this.partitions > 1 && this.placeOf(key).sort === '';
  }

  /**
   * Returns the values of an index's partition key that are one tenant's: these values, and all that begin with one of
   * `beginnings`. Under any other value the index may hold items of other tenants (I4).
   * @param index absent for any index.
   */
  ownIndexValues(
    tenantId: string,
    index: string | undefined,
  ): { readonly values: readonly string[]; readonly beginnings: readonly string[] } {
    const all = [...new Set([...this.#texts, ...[...this.#indexTexts.values()].flat()])];
    const texts = index === undefined ? all : (this.#indexTexts.get(index) ?? this.#texts);
    const ids = texts.map((text) => `${text}${tenantId}`);
    return {
      values: [...new Set([...ids, ...this.partitionValues(tenantId)])],
      beginnings: ids.map((id) => `${id}${INDEX_SEPARATOR}`),
    };
  }

  #find(value: string): TenantPartition | undefined {
    if (this.#isPlain) return value === '' ? undefined : { tenantId: value as TenantId, partition: 0 };
    const before = this.#texts.find((text) => value.startsWith(text));
    if (before === undefined) return undefined;
    const [tenantId] = TENANT_AT_START.exec(value.slice(before.length)) ?? [];
    if (tenantId === undefined) return undefined;
    const partition = this.#numbers.get(`${before}{${value.slice(before.length + tenantId.length)}`);
    return partition === undefined ? undefined : { tenantId: tenantId as TenantId, partition };
  }

  /** True if the value of the partition key is the tenant's id. Then every value names a tenant. */
  get #isPlain(): boolean {
    const [form] = this.#forms;
    return this.partitions === 1 && form?.before === '' && form.after === '';
  }
}

export const DEFAULT_LAYOUT = new KeyLayout(DEFAULT_KEYS);

const layouts = new WeakMap<TierKeys, KeyLayout>();

/** Returns the layout of the tier tables' keys. */
export const layoutOf = ({ tableDesign: { keys } }: Pick<Settings, 'tableDesign'>): KeyLayout => {
  if (!keys) return DEFAULT_LAYOUT;
  const layout = layouts.get(keys) ?? new KeyLayout(keys);
  layouts.set(keys, layout);
  return layout;
};
