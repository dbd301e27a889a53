import pLimit from 'p-limit';
import { isSentinel } from '../capture/sentinel.ts';
import { isExpiryOnOneSide } from '../expiry.ts';
import { type Item, keyOf } from '../items.ts';
import { BATCH_GET_KEYS } from '../limits.ts';
import type { EntityKey, TableName, TenantId } from '../names.ts';
import type { Mark, Ports } from '../ports.ts';
import { refuseUnmovable } from '../unmovable.ts';
import { type Decision, decide } from './decide.ts';
import type { Way } from './way.ts';

/**
 * Batches of keys that are read concurrently while the application writes. Each holds at most 100 items of 400 KB per
 * side. With more batches, items would be older when they are written, and a key that changes often is only found equal
 * if that is quick.
 */
const BATCHES = 2;

/** A journalled key, the items of both sides under it, and the decision that follows. */
export interface Looked {
  readonly mark: Mark;
  readonly from?: Item;
  readonly to?: Item;
  readonly decision: Decision;
  /** True if one side has no item and the other side's has expired. */
  readonly isExpiry: boolean;
}

/**
 * Reads both sides of each journalled key consistently. Sentinels do not belong to the tenant, so they count as equal
 * without being read.
 * @param batches number of batches that are read concurrently and held in memory.
 * @throws UnmovableItem
 */
export async function* compareKeys(
  ports: Ports,
  tenantId: TenantId,
  way: Way,
  marks: readonly Mark[],
  batches = BATCHES,
): AsyncGenerator<readonly Looked[]> {
  const partition = ports.partition(tenantId);
  const read = async (table: TableName, keys: readonly EntityKey[]) => {
    const items = keys.length > 0 ? await partition.get(table, keys) : [];
    refuseUnmovable(items);
    return new Map(items.map((item) => [keyOf(item), item]));
  };
  const look = async (some: readonly Mark[]): Promise<readonly Looked[]> => {
    const keys = some.map(({ key }) => key).filter((key) => !isSentinel(key));
    const [from, to] = await Promise.all([read(way.from.table, keys), read(way.to.table, keys)]);
    const at = ports.clock.now();
    return some.map((mark) => {
      const [a, b] = [from.get(mark.key), to.get(mark.key)];
      const isExpiry = isExpiryOnOneSide(a, b, ports.settings, at);
      return { mark, ...(a ? { from: a } : {}), ...(b ? { to: b } : {}), decision: decide(a, b), isExpiry };
    });
  };
  const limit = pLimit(batches);
  for (let n = 0; n < marks.length; n += BATCH_GET_KEYS * batches) {
    const some = marks.slice(n, n + BATCH_GET_KEYS * batches);
    const parts = Array.from({ length: Math.ceil(some.length / BATCH_GET_KEYS) }, (_, b) =>
      some.slice(b * BATCH_GET_KEYS, (b + 1) * BATCH_GET_KEYS),
    );
    yield (await Promise.all(parts.map((part) => limit(() => look(part))))).flat();
  }
}
