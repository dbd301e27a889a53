import { expect, test } from 'vitest';
import type { Slice } from '../../../functions/migration/clock-port.ts';
import { compareSegment } from '../../../functions/migration/compare/compare-segment.ts';
import { concludeCopy } from '../../../functions/migration/copy/conclude-copy.ts';
import { copySegment } from '../../../functions/migration/copy/copy-segment.ts';
import { catchUp } from '../../../functions/migration/cutover/catch-up.ts';
import { cutOver } from '../../../functions/migration/cutover/cut-over.ts';
import { ForeignWrite, Unavailable } from '../../../functions/migration/errors.ts';
import { type Item, keyOf } from '../../../functions/migration/items/items.ts';
import { isSentinel } from '../../../functions/migration/items/sentinel.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import {
  type EntityKey,
  entityKey,
  type MigrationId,
  type SegmentNumber,
  type TableName,
  tableName,
} from '../../../functions/migration/names.ts';
import type { Partition, WriteBatch } from '../../../functions/migration/partition/partition-port.ts';
import type { Ports } from '../../../functions/migration/ports.ts';
import { altered } from '../../support/altered.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, aRoute, aSegment } from '../../support/records.ts';

const SOURCE = tableName('source');
const TARGET = tableName('target');
const CLAIM_MS = 10_000;
const LATE_MS = 60_000;
const ITEMS = 30;
const CHANGED = entityKey('STUDENT#05');
const slice: Slice = { deadline: Number.POSITIVE_INFINITY };

/** The worker whose call gets no answer: it tries again, or it dies and writes no note. */
type Outcome = 'tries again' | 'dies';
interface Trial {
  /** Number of the write call that gets no answer, from 1. */
  readonly call: number;
  /** Time until it takes effect, in ms. */
  readonly lateMs: number;
  readonly outcome: Outcome;
  /** The setting. */
  readonly lateCallMs?: number;
}

/** A clock that runs what is due as soon as it is due. */
class ClockWithDues extends FakeClock {
  readonly #dues: { readonly at: number; readonly happens: () => void }[] = [];

  after(ms: number, happens: () => void): void {
    this.#dues.push({ at: this.now() + ms, happens });
  }

  override advance(ms: number): void {
    super.advance(ms);
    for (const due of this.#dues.filter(({ at }) => at <= this.now())) {
      this.#dues.splice(this.#dues.indexOf(due), 1);
      due.happens();
    }
  }
}

/** A migration of some items in memory, with capture on both sides, whose calls behave as the trial says. */
const startMigration = async (trial: Trial) => {
  const clock = new ClockWithDues();
  const settings = { claimMs: CLAIM_MS, lateCallMs: trial.lateCallMs ?? LATE_MS, batchesInFlight: 1 };
  const fakes = fakePorts(settings, clock);
  for (const table of [SOURCE, TARGET]) await fakes.tables.create(table, fakes.settings.tableDesign);
  const { source, target } = aMigration();
  const migration = aMigration({
    source: { ...source, table: SOURCE },
    target: { ...target, table: TARGET },
    status: 'copying',
  });
  const { migrationId, tenantId } = migration;
  await fakes.migrations.create(migration);
  await fakes.migrations.chooseTarget(migration, { table: TARGET, createsTable: false });
  await fakes.segments.add(migrationId, [aSegment(0)]);
  fakes.routes.records.set(tenantId, aRoute({ tenantId, table: SOURCE, leaseMs: 100 }));
  const real = fakes.tables.partition(tenantId);
  const capture = (table: TableName, { puts, deletes }: WriteBatch) => {
    const changes = [...puts.map(keyOf), ...deletes.filter((key) => !isSentinel(key))];
    const side = table === SOURCE ? 'source' : 'target';
    return fakes.journal.addEntries(
      migrationId,
      side,
      changes.map((key) => ({ key, sequence: '1' })),
    );
  };
  let isDead = false;
  let calls = 0;
  const assertAlive = () => {
    if (isDead) throw new Error('planted: the worker is dead');
  };
  const takeEffect = (table: TableName, { puts, deletes }: WriteBatch) => {
    for (const item of puts) real.tables.get(table)?.set(keyOf(item), structuredClone(item));
    for (const key of deletes) real.tables.get(table)?.delete(key);
    void capture(table, { puts, deletes });
  };
  const write: Partition['write'] = async (table, batch, signal) => {
    assertAlive();
    calls += 1;
    if (calls === trial.call) {
      clock.after(trial.lateMs, () => takeEffect(table, batch));
      isDead = trial.outcome === 'dies';
      assertAlive();
      throw new Unavailable('planted: read ECONNRESET');
    }
    const done = await real.write(table, batch, signal);
    await capture(table, batch);
    return done;
  };
  const mortal =
    <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) =>
    async (...given: Given): Promise<Answer> => {
      assertAlive();
      return call(...given);
    };
  const { appliers, segments, migrations } = fakes;
  const ports: Ports = {
    ...fakes,
    partition: () => altered<Partition>(real, { write }),
    appliers: altered(appliers, { release: mortal((...given) => appliers.release(...given)) }),
    segments: altered(segments, { release: mortal((...given) => segments.release(...given)) }),
    migrations: altered(migrations, {
      noteLateCalls: mortal((...given) => migrations.noteLateCalls(...given)),
      transition: mortal((...given) => migrations.transition(...given)),
    }),
  };
  return {
    ports,
    clock,
    calls: () => calls,
    /** Runs a step as the workflow does: again once the claim of a dead worker has ended. */
    async step<T>(work: (migration: Migration) => Promise<T>): Promise<T> {
      try {
        return await work(await recordOf(ports, migrationId));
      } catch (error) {
        if (!isDead) throw error;
        isDead = false;
        clock.advance(CLAIM_MS);
        return work(await recordOf(ports, migrationId));
      }
    },
    /** Makes an acknowledged write of the application, as capture sees it. */
    async put(table: TableName, key: EntityKey, value: string) {
      const item: Item = { tenantId: { S: tenantId }, entityKey: { S: key }, value: { S: value } };
      await real.write(table, { puts: [item], deletes: [] });
      await capture(table, { puts: [item], deletes: [] });
    },
    valueUnder: (table: TableName, key: EntityKey) => real.tables.get(table)?.get(key)?.value?.S,
  };
};

const recordOf = async (ports: Ports, migrationId: MigrationId): Promise<Migration> => {
  const found = await ports.migrations.get(migrationId);
  if (!found) throw new Error(`${migrationId} is gone`);
  return found;
};

const keys = Array.from({ length: ITEMS }, (_, n) => entityKey(`STUDENT#${String(n).padStart(2, '0')}`));

/**
 * Runs a trial until every call has taken effect.
 * @returns whether it flipped, the number of write calls until then, and the value that the application reads if it
 * wrote `v2` after the flip.
 */
const run = async (trial: Trial) => {
  const { ports, clock, step, put, valueUnder, calls } = await startMigration(trial);
  for (const key of keys) await put(SOURCE, key, 'v0');
  await step((now) => copySegment(ports, now, 0 as SegmentNumber, slice));
  await step((now) => concludeCopy(ports, now));
  await put(SOURCE, CHANGED, 'v1');
  let isFlipped = false;
  try {
    for (let tries = 0; !isFlipped && tries < 50; tries += 1) {
      const caughtUp = await step((now) => catchUp(ports, now, 'forward', slice));
      for (const number of caughtUp.segments)
        await step((now) => compareSegment(ports, now, number as SegmentNumber, 'forward'));
      if (!caughtUp.ready) {
        clock.advance(caughtUp.waitSeconds * 1_000);
        continue;
      }
      const { flipped, waitSeconds } = await step((now) => cutOver(ports, now, 'forward'));
      isFlipped = flipped;
      if (!flipped) clock.advance(waitSeconds * 1_000);
    }
  } catch (error) {
    // it took effect before the fence, and differed: rolled back, nothing is lost
    if (!(error instanceof ForeignWrite)) throw error;
    return { isFlipped, calls: calls(), value: undefined };
  }
  for (const key of keys) await put(TARGET, key, 'v2');
  clock.advance(2 * LATE_MS);
  const values = new Set(keys.map((key) => valueUnder(TARGET, key)));
  return { isFlipped, calls: calls(), value: [...values].join() };
};

const OUTCOMES: readonly Outcome[] = ['tries again', 'dies'];

test.each(OUTCOMES)(
  'F13: any write of ours without an answer, at any delay, overwrites nothing from after the flip (the worker %s)',
  async (outcome) => {
    const undisturbed = await run({ call: 0, lateMs: 0, outcome });
    expect(undisturbed).toEqual({ isFlipped: true, calls: expect.any(Number), value: 'v2' });
    let flips = 0;
    for (let call = 1; call <= undisturbed.calls; call += 1) {
      for (const lateMs of [1, 300, 3_000, LATE_MS / 2, LATE_MS - 1]) {
        const { isFlipped, value } = await run({ call, lateMs, outcome });
        if (!isFlipped) continue;
        flips += 1;
        expect({ call, lateMs, value }).toEqual({ call, lateMs, value: 'v2' });
      }
    }
    expect(flips).toBeGreaterThan(undisturbed.calls * 3);
  },
);

test.each(OUTCOMES)(
  'F13: without the wait one does overwrite an acknowledged write (the worker %s)',
  async (outcome) => {
    const { isFlipped, value } = await run({ call: 1, lateMs: LATE_MS / 2, outcome, lateCallMs: 0 });
    expect({ isFlipped, value }).toEqual({ isFlipped: true, value: 'v0,v2' });
  },
);
