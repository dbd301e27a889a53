import { expect, test } from 'vitest';
import { runUnderClaim } from '../../../functions/migration/claims/run-under-claim.ts';
import { ClaimRanOut, Throttled } from '../../../functions/migration/errors.ts';
import { writeUnits } from '../../../functions/migration/names.ts';
import type { Partition } from '../../../functions/migration/partition/partition-port.ts';
import type { Claim } from '../../../functions/migration/segment.ts';
import { altered } from '../../support/altered.ts';
import { fakePorts } from '../../support/fake-ports.ts';
import { aMigration, newTableName } from '../../support/records.ts';
import { VirtualTime } from '../../support/virtual-time.ts';

test('F13: a worker that is suspended between its check and the sending of a request does not send it', async () => {
  const fakes = fakePorts();
  const table = newTableName();
  await fakes.tables.create(table, fakes.settings.tableDesign);
  const { tenantId, migrationId } = aMigration();
  const sent: boolean[] = [];
  const partition = fakes.partition(tenantId);
  const ports = {
    ...fakes,
    partition: () =>
      altered<Partition>(partition, {
        write: async (...[, , signal]) => {
          // the SDK has signed the request, and reads the signal right before it sends it
          fakes.clock.advance(fakes.settings.claimMs);
          sent.push(signal?.aborted === false);
          signal?.throwIfAborted();
          throw new Error('sent');
        },
      }),
  };
  const right = {
    tenantId,
    migrationId,
    table,
    current: async () => undefined,
    take: async () => undefined,
    release: async () => undefined,
    limit: async () => undefined,
  };
  const work = runUnderClaim(ports, right, async ({ writer }) => {
    await writer.put({ tenantId: { S: tenantId }, entityKey: { S: 'k' } });
    await writer.flush();
  });
  await expect(work).rejects.toThrow(ClaimRanOut);
  expect(sent).toEqual([false]);
});

/** A worker that copies many items into a partition that answers as `write` says. */
const copying = async (claimMs: number, settings: object = {}) => {
  const clock = new VirtualTime();
  const fakes = fakePorts({ claimMs, ...settings }, clock);
  const table = newTableName();
  await fakes.tables.create(table, fakes.settings.tableDesign);
  const { tenantId, migrationId } = aMigration();
  const claims: Claim[] = [];
  const right = {
    tenantId,
    migrationId,
    table,
    slice: { deadline: clock.monotonic() + 600_000 },
    current: async () => undefined,
    take: async (claim: Claim) => {
      claims.push(claim);
    },
    release: async () => undefined,
    limit: async () => undefined,
  };
  const putAll = (write: Partition['write'], items: number) => {
    const partition = altered<Partition>(fakes.tables.partition(tenantId), { write });
    return runUnderClaim({ ...fakes, partition: () => partition }, right, async ({ writer }) => {
      for (let n = 0; n < items; n += 1)
        await writer.put({ tenantId: { S: tenantId }, entityKey: { S: `K#${n}` } });
      await writer.flush();
    });
  };
  return { clock, claims, putAll };
};

test('F1: a claim is renewed while a batch is retried and succeeds little by little', async () => {
  const { clock, claims, putAll } = await copying(10_000);
  const started = clock.monotonic();
  let written = 0;
  const oneAtATime: Partition['write'] = async (_, { puts, deletes }) => {
    await clock.sleep(500);
    written += 1;
    return { unprocessed: { puts: puts.slice(1), deletes }, units: writeUnits(1) };
  };
  await clock.run(putAll(oneAtATime, 100));
  expect(written).toBe(100);
  expect(clock.monotonic() - started).toBeGreaterThan(20_000);
  // the worker always had a claim
  const gaps = claims.slice(1).map(({ until }, n) => until - (claims[n]?.until ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(7_500);
});

test('F1: a partition that accepts nothing for minutes does not end the work', async () => {
  const { clock, putAll } = await copying(10_000);
  const over = clock.monotonic() + 180_000;
  let written = 0;
  const closed: Partition['write'] = async (_, { puts }) => {
    await clock.sleep(10);
    if (clock.monotonic() < over) throw new Throttled('planted');
    written += puts.length;
    return { unprocessed: { puts: [], deletes: [] }, units: writeUnits(puts.length) };
  };
  await clock.run(putAll(closed, 60));
  expect(written).toBe(60);
});

test("a worker whose claim was not renewed in time stops with ClaimRanOut, not with another worker's error", async () => {
  const { clock, putAll } = await copying(10_000);
  const suspended: Partition['write'] = async (_, { puts, deletes }, signal) => {
    await clock.sleep(8_000);
    signal?.throwIfAborted();
    return { unprocessed: { puts, deletes }, units: writeUnits(0) };
  };
  await expect(clock.run(putAll(suspended, 60))).rejects.toThrow(ClaimRanOut);
});
