import { expect, test } from 'vitest';
import { underClaim } from '../../functions/migration/claimed-work.ts';
import { ApplierClaimed } from '../../functions/migration/errors.ts';
import type { Partition } from '../../functions/migration/ports.ts';
import { altered } from '../support/altered.ts';
import { fakePorts } from '../support/fake-ports.ts';
import { aMigration, newTableName } from '../support/records.ts';

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
    over: () => new ApplierClaimed('over'),
  };
  const work = underClaim(ports, right, async ({ writer }) => {
    await writer.put({ tenantId: { S: tenantId }, entityKey: { S: 'k' } });
    await writer.flush();
  });
  await expect(work).rejects.toThrow(ApplierClaimed);
  expect(sent).toEqual([false]);
});
