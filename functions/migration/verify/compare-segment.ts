import { wayOf } from '../apply/way.ts';
import type { Direction, Migration } from '../migration.ts';
import { type EntityKey, readUnits, type SegmentNumber, writeUnits } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Side } from '../routing/route.ts';
import { joinByKey, type Pair } from './differences.ts';

/** Keys that are journalled in one call. */
const JOURNALLED = 1_000;

/**
 * Compares one segment while the tenant is written, and journals the keys that differ. On the way to the target, a key that
 * the target does not have is journalled as changed on the source, so that it is applied; one that the target has and the
 * source does not, or has otherwise, as changed on the target: if no change of the source explains it, another process wrote it,
 * and the cutover will not throw it away.
 *
 * If the journal may lack changes (a gap), nothing can be told from a missing one, and on the way back the target is what the
 * application sees: then each key that differs is journalled as changed on the live side, whose value is applied. The
 * exception is a straggler, a key that was written to the kept source: it stays, and the cutover stops at it.
 */
export const compareSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  direction: Direction,
): Promise<void> => {
  const { migrationId, tenantId, source, comparison } = migration;
  const { range, compared: before } = await ports.segments.get(migrationId, number);
  const round = comparison?.round ?? 0;
  if (before?.round === round) return;
  const way = await wayOf(ports, migration, direction);
  const target = direction === 'forth' ? way.to.table : way.from.table;
  const meter = { read: 0 };
  const started = ports.clock.monotonic();
  const isLiveRight = direction === 'back' || comparison?.why === 'gap';
  const journal = new DifferingKeys(ports, migration, way.from.side, isLiveRight);
  let items = 0;
  let differing = 0;
  for await (const pair of joinByKey(ports, { tenantId, source: source.table, target, range, meter })) {
    items += 1;
    if (pair.kind === 'same') continue;
    if (pair.kind !== 'expired') differing += 1;
    await journal.add(pair);
  }
  await journal.flush();
  const compared = { items, differing, ms: Math.ceil(ports.clock.monotonic() - started), round };
  await ports.segments.record(migrationId, number, { compared }, 'verify', {
    read: readUnits(meter.read),
    write: writeUnits(0),
  });
};

/** Journals keys that differ, many in one call. */
class DifferingKeys {
  readonly #ports: Ports;
  readonly #migration: Migration;
  readonly #live: Side;
  readonly #isLiveRight: boolean;
  readonly #keys: Record<Side, EntityKey[]> = { source: [], target: [] };

  constructor(ports: Ports, migration: Migration, live: Side, isLiveRight: boolean) {
    this.#ports = ports;
    this.#migration = migration;
    this.#live = live;
    this.#isLiveRight = isLiveRight;
  }

  async add({ key, kind, source, target }: Pair): Promise<void> {
    const isOnLive = (this.#live === 'source' ? source : target) !== undefined;
    // what has expired on the other side alone is no difference; on the live side alone it may be new, and is applied once more
    if (kind === 'expired' && !isOnLive) return;
    const isMissing = (this.#live === 'source' ? target : source) === undefined;
    const other = this.#live === 'source' ? 'target' : 'source';
    const keys = this.#keys[isMissing || this.#isLiveRight ? this.#live : other];
    keys.push(key);
    if (keys.length >= JOURNALLED) await this.flush();
  }

  async flush(): Promise<void> {
    for (const side of ['source', 'target'] as const) {
      const keys = await this.#withoutStragglers(this.#keys[side].splice(0));
      if (keys.length > 0)
        await this.#ports.journal.mark(
          this.#migration.migrationId,
          side,
          keys.map((key) => ({ key, sequence: 'compared' })),
        );
    }
  }

  async #withoutStragglers(keys: readonly EntityKey[]): Promise<readonly EntityKey[]> {
    if (this.#live === 'source' || keys.length === 0) return keys;
    const stragglers = await this.#ports.journal.marked(this.#migration.migrationId, 'source', keys);
    return keys.filter((key) => !stragglers.has(key));
  }
}
