import pLimit from 'p-limit';
import { isExpiryOnOneSide } from '../items/expiry.ts';
import type { Item } from '../items/items.ts';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinel } from '../items/sentinel.ts';
import { refuseUnmovable } from '../items/unmovable.ts';
import type { JournalEntry } from '../journal/journal-port.ts';
import { BATCH_GET_KEYS } from '../limits.ts';
import type { EntityKey, TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { decide, type KeyDecision } from './decide.ts';
import type { Transfer } from './transfer.ts';

/**
 * Batches of keys that are read concurrently while the application writes. Each holds at most 100 items of 400 KB per
 * side. With more batches, items would be older when they are written, and a key that changes often is only found equal
 * if that is quick.
 */
const CONCURRENT_BATCHES = 2;

/** A journalled key, the items of both sides under it, and the decision that follows. */
export interface KeyComparison {
  readonly entry: JournalEntry;
  readonly from?: Item;
  readonly to?: Item;
  readonly decision: KeyDecision;
  /** True if one side has no item and the other side's has expired. */
  readonly isExpiry: boolean;
}

/**
 * Reads both sides of each journalled key consistently. Sentinels do not belong to the tenant, so they count as equal
 * without being read.
 * @param batches number of batches that are read concurrently and held in memory.
 * @throws UnmovableItem
 */
export async function* compareEntries(
  ports: Ports,
  tenantId: TenantId,
  transfer: Transfer,
  entries: readonly JournalEntry[],
  batches = CONCURRENT_BATCHES,
): AsyncGenerator<readonly KeyComparison[]> {
  const partition = ports.partition(tenantId);
  const layout = layoutOf(ports.settings);
  const read = async (table: TableName, keys: readonly EntityKey[]) => {
    const items = keys.length > 0 ? await partition.get(table, keys) : [];
    refuseUnmovable(items, layout);
    return new Map(items.map((item) => [layout.keyOf(item), item]));
  };
  const compareBatch = async (some: readonly JournalEntry[]): Promise<readonly KeyComparison[]> => {
    const keys = some.map(({ key }) => key).filter((key) => !isSentinel(key));
    const [from, to] = await Promise.all([read(transfer.from.table, keys), read(transfer.to.table, keys)]);
    const at = ports.clock.now();
    return some.map((entry) => {
      const [a, b] = [from.get(entry.key), to.get(entry.key)];
      const isExpiry = isExpiryOnOneSide(a, b, ports.settings, at);
      return { entry, from: a, to: b, decision: decide(a, b), isExpiry };
    });
  };
  const limit = pLimit(batches);
  for (let n = 0; n < entries.length; n += BATCH_GET_KEYS * batches) {
    const some = entries.slice(n, n + BATCH_GET_KEYS * batches);
    const parts = Array.from({ length: Math.ceil(some.length / BATCH_GET_KEYS) }, (_, b) =>
      some.slice(b * BATCH_GET_KEYS, (b + 1) * BATCH_GET_KEYS),
    );
    yield (await Promise.all(parts.map((part) => limit(() => compareBatch(part))))).flat();
  }
}
