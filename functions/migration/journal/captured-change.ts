import type { Item } from '../items/items.ts';
import type { EntityKey, EpochMs, TenantId } from '../names.ts';

/** A record of a tier table's stream: the item under this key was put, changed or deleted. */
export interface CapturedChange {
  readonly tenantId: TenantId;
  readonly key: EntityKey;
  readonly sequence: string;
  readonly kind: 'added' | 'changed' | 'removed';
  /** True if DynamoDB deleted the item because it had expired. */
  readonly expired: boolean;
  /** Time of the change, rounded down to the second; absent if the record has none. */
  readonly createdAt?: EpochMs;
  /**
   * Returns the item before and after the change, or undefined if they cannot be read. Absent if the stream has no
   * images.
   */
  readonly images?: () => { readonly before?: Item; readonly after?: Item } | undefined;
}
