import pLimit from 'p-limit';
import { compareEntries } from '../apply/compare-entries.ts';
import { CutoverOverBudget } from '../errors.ts';
import { itemHash } from '../items/checksum.ts';
import { layoutOf } from '../items/key-layout.ts';
import type { JournalEntry } from '../journal/journal-port.ts';
import { BATCH_GET_KEYS } from '../limits.ts';
import type { EntityKey, TableName } from '../names.ts';
import type { Budget } from './budget.ts';
import type { Cutover } from './cutover-context.ts';
import { ParallelCheck } from './parallel-check.ts';

/**
 * Batches of 100 keys that are read concurrently. No router writes under the fence, so items do not age while they
 * wait.
 */
const CONCURRENT_BATCHES = 4;

interface TouchedComparisonOptions {
  /** First comparison round whose touched keys are compared. */
  readonly touchedFrom: number;
  readonly budget: Budget;
}

/**
 * Compares touched keys under the fence by consistent reads of both sides. If a key differs, a change of the live side
 * has not been delivered yet, or never will be. The key is then added to the journal, so that the live side's value is
 * applied.
 *
 * The live side is read once no router can write any more. The side that is being filled is read before that, while
 * leases run out, so that the tenant's writers do not wait for it. Only the applier writes there, and a key that it
 * applies after the read is read again on both sides.
 */
export class TouchedComparison {
  readonly #cutover: Cutover;
  readonly #means: TouchedComparisonOptions;
  readonly #limit = pLimit(CONCURRENT_BATCHES);
  /** Hashes of the items on the side that is being filled; undefined if it has no item. */
  readonly #filled = new Map<EntityKey, Uint8Array | undefined>();
  readonly #applied = new Set<EntityKey>();
  #touched: readonly EntityKey[] = [];
  #preparation: ParallelCheck | undefined;
  #comparison: ParallelCheck | undefined;
  #isStopped = false;

  constructor(cutover: Cutover, means: TouchedComparisonOptions) {
    this.#cutover = cutover;
    this.#means = means;
  }

  /** Starts reading the side that is being filled. */
  prepare(): ParallelCheck {
    this.#preparation ??= new ParallelCheck(() => this.#readFilled());
    return this.#preparation;
  }

  /** Records that these keys are about to be applied, which makes earlier reads of them stale. */
  applying(entries: readonly JournalEntry[]): void {
    for (const { key } of entries) {
      this.#applied.add(key);
      this.#filled.delete(key);
    }
  }

  /** Starts the comparison. Call it once no router can write any more. */
  compare(): ParallelCheck {
    const preparation = this.prepare();
    this.#comparison ??= new ParallelCheck(async () => {
      await preparation.ended();
      preparation.isDone();
      await this.#compare();
    });
    return this.#comparison;
  }

  /** Stops reading and journalling, and returns once none of its requests is in flight. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#preparation?.ended();
    await this.#comparison?.ended();
  }

  /** @throws CutoverOverBudget if more keys were touched than can be compared under a fence. */
  async #readFilled(): Promise<void> {
    const { ports, migration, transfer } = this.#cutover;
    const { journal, settings } = ports;
    // more keys may have been touched since they were counted
    const most = 2 * settings.fencedKeys + BATCH_GET_KEYS * CONCURRENT_BATCHES;
    this.#touched = await journal.touched(
      migration.migrationId,
      transfer.from.side,
      this.#means.touchedFrom,
      most,
    );
    if (this.#touched.length >= most)
      throw new CutoverOverBudget(
        `${most} or more keys were touched, too many to compare under a fence. Writes are reopened; the keys are compared while the application writes, then the cutover is tried again`,
      );
    await this.#readHashes(transfer.to.table, this.#touched, (key, hash) => {
      if (!this.#applied.has(key)) this.#filled.set(key, hash);
    });
  }

  async #compare(): Promise<void> {
    const { ports, migration, transfer } = this.#cutover;
    const read = this.#touched.filter((key) => this.#filled.has(key));
    const unequal = new Set([...this.#touched, ...this.#applied].filter((key) => !this.#filled.has(key)));
    await this.#readHashes(transfer.from.table, read, (key, hash) => {
      if (!this.#filled.has(key) || !isSameHash(hash, this.#filled.get(key))) unequal.add(key);
    });
    const { migrationId, tenantId } = migration;
    const entries = [...unequal].map((key) => ({ key, sequence: '', token: '' }));
    for await (const compared of compareEntries(ports, tenantId, transfer, entries, CONCURRENT_BATCHES)) {
      if (this.#isStopped) return;
      this.#means.budget.check();
      const changes = compared
        .filter(({ decision }) => decision.kind !== 'same')
        .map(({ entry: { key } }) => ({ key, sequence: 'compared' }));
      if (changes.length > 0) await ports.journal.addEntries(migrationId, transfer.from.side, changes);
    }
  }

  /** Reads items consistently. @throws CutoverOverBudget */
  async #readHashes(
    table: TableName,
    keys: readonly EntityKey[],
    found: (key: EntityKey, hash: Uint8Array | undefined) => void,
  ): Promise<void> {
    const { ports, migration } = this.#cutover;
    const partition = ports.partition(migration.tenantId);
    const layout = layoutOf(ports.settings);
    const batches = Array.from({ length: Math.ceil(keys.length / BATCH_GET_KEYS) }, (_, n) =>
      keys.slice(n * BATCH_GET_KEYS, (n + 1) * BATCH_GET_KEYS),
    );
    await this.#limit.map(batches, async (batch) => {
      if (this.#isStopped) return;
      this.#means.budget.check();
      const items = await partition.get(table, batch);
      const hashes = new Map(items.map((item) => [layout.keyOf(item), itemHash(item)]));
      for (const key of batch) found(key, hashes.get(key));
    });
  }
}

const isSameHash = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
