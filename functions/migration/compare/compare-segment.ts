import { transferOf } from '../apply/transfer.ts';
import type { Slice } from '../clock-port.ts';
import type { Direction, Migration, Units } from '../migration.ts';
import type { EntityKey, SegmentNumber } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import { type Meter, unitsSince } from '../partition/read-range.ts';
import { runResumablePass } from '../partition/resumable-pass.ts';
import type { Ports } from '../ports.ts';
import type { Side } from '../route/route.ts';
import { countUnitsOnFailure } from '../segments/count-units-on-failure.ts';
import { joinByKey, type Pair } from './differences.ts';
import { isAfterRollback } from './is-after-rollback.ts';

/** Maximum number of keys journalled in one call. */
const MAX_KEYS_PER_CALL = 1_000;

/**
 * Compares one segment while the application writes the tenant, and journals the keys that differ.
 *
 * Forward, a key that the target lacks is journalled as changed on the source, so that it is applied. A key that only the
 * target has, or that has another value there, is journalled as changed on the target. If no change of the source explains
 * it, another process wrote it, and the cutover does not overwrite it.
 *
 * After a gap, the absence of a journal entry proves nothing. Then each key that differs is journalled as changed on the
 * source, and the source's value is applied. The same holds for touched keys, since a change of the source explains them.
 *
 * In reverse, the target's value is applied for each key that differs in a segment that was equal after the flip. In any
 * other segment the kept source may hold a write that the target missed. There a key is overwritten only if a change of the
 * target explains it; otherwise the cutover stops. It also stops at a straggler.
 *
 * A comparison that reaches the end of its slice resumes after the last compared key, in the same round.
 * @throws SegmentUnfinished once its cursor is saved
 */
export const compareSegment = async (
  ports: Ports,
  migration: Migration,
  number: SegmentNumber,
  direction: Direction,
  slice?: Slice,
): Promise<void> => {
  const meter = { read: 0 };
  const { migrationId } = migration;
  const used = unitsSince(meter);
  await countUnitsOnFailure(ports, { migrationId, number, pass: 'verify' }, used, () =>
    compare(ports, migration, { number, direction, slice, meter, used }),
  );
};

interface ComparisonContext {
  readonly number: SegmentNumber;
  readonly direction: Direction;
  readonly slice: Slice | undefined;
  readonly meter: Meter;
  /** Returns the capacity units used since the previous call. */
  readonly used: () => Units;
}

const compare = async (
  ports: Ports,
  migration: Migration,
  { number, direction, slice, meter, used }: ComparisonContext,
): Promise<void> => {
  const { migrationId, tenantId, source, comparison } = migration;
  const { range, compared: before, comparing, verified } = await ports.segments.get(migrationId, number);
  const round = comparison?.round ?? 0;
  if (before?.round === round) return;
  const transfer = await transferOf(ports, migration, direction);
  const target = direction === 'forward' ? transfer.to.table : transfer.from.table;
  const started = ports.clock.monotonic();
  const wasEqual =
    verified !== undefined && !verified.isAfterReverseFlip && isAfterRollback(migration, verified);
  const isLiveRight = direction === 'reverse' ? wasEqual : comparison?.reason === 'gap';
  const journal = new DifferingKeys(ports, migration, transfer.from.side, isLiveRight);
  const earlier = comparing?.round === round ? comparing : undefined;
  let items = earlier?.items ?? 0;
  let differing = earlier?.differing ?? 0;
  const reads = new PacedReads(ports, migration, slice, { endWithSlice: true });
  // without waits for the rate limit: this time predicts a comparison under the fence, where no limit applies
  const tookMs = () => Math.ceil(ports.clock.monotonic() - started - reads.waitedMs);
  const compared = () => ({ items, differing, ms: tookMs() + (earlier?.ms ?? 0), round });
  await runResumablePass({
    after: earlier?.through,
    pages: (after) => {
      const rest = after === undefined ? range : { ...range, after };
      return joinByKey(ports, { tenantId, source: source.table, target, range: rest, meter, reads });
    },
    see: async (pair) => {
      items += 1;
      if (pair.kind !== 'same') {
        if (pair.kind !== 'expired') differing += 1;
        await journal.add(pair);
      }
      return pair.key;
    },
    save: async (through) => {
      await journal.flush();
      const result = { comparing: { ...compared(), through } };
      await ports.segments.record(migrationId, number, result, 'verify', used());
    },
  });
  await journal.flush();
  await ports.segments.record(migrationId, number, { compared: compared() }, 'verify', used());
};

/** Journals differing keys in batches. */
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
    // an expired item that only the other side has is no difference; one that only the live side has may be new, and is applied
    if (kind === 'expired' && !isOnLive) return;
    const isToBeCopied = this.#live === 'source' && target === undefined;
    const other = this.#live === 'source' ? 'target' : 'source';
    const keys = this.#keys[isToBeCopied || this.#isLiveRight ? this.#live : other];
    keys.push(key);
    if (keys.length >= MAX_KEYS_PER_CALL) await this.flush();
  }

  async flush(): Promise<void> {
    const { source, target } = this.#keys;
    const [ofSource, ofTarget] = [source.splice(0), target.splice(0)];
    if (this.#live === 'source') {
      const touched = await this.#among(ofTarget, 'touchedAmong');
      await this.#journalKeys('source', [...ofSource, ...touched]);
      await this.#journalKeys('target', without(ofTarget, touched));
    } else {
      await this.#journalKeys(
        'source',
        without(ofSource, await this.#among(ofSource, 'journalledAmong', 'target')),
      );
      await this.#journalKeys('target', without(ofTarget, await this.#among(ofTarget, 'journalledAmong')));
    }
  }

  async #among(
    keys: readonly EntityKey[],
    ask: 'touchedAmong' | 'journalledAmong',
    side: Side = 'source',
  ): Promise<ReadonlySet<EntityKey>> {
    return keys.length === 0 ? new Set() : this.#ports.journal[ask](this.#migration.migrationId, side, keys);
  }

  async #journalKeys(side: Side, keys: readonly EntityKey[]): Promise<void> {
    if (keys.length === 0) return;
    const changes = keys.map((key) => ({ key, sequence: 'compared' }));
    await this.#ports.journal.addEntries(this.#migration.migrationId, side, changes);
  }
}

const without = (keys: readonly EntityKey[], some: ReadonlySet<EntityKey>): readonly EntityKey[] =>
  keys.filter((key) => !some.has(key));
