import { expect, test } from 'vitest';
import { embeddedMetrics } from '../../functions/aws/metrics.ts';
import { countingThrottles } from '../../functions/aws/partition.ts';
import { Throttled, Unavailable } from '../../functions/migration/errors.ts';
import { entityKey, type TenantId, tableName } from '../../functions/migration/names.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeMetrics } from '../support/fake-metrics.ts';
import { FakePartition } from '../support/fake-partition.ts';
import { aMigration } from '../support/records.ts';

const tenantId = 't' as TenantId;

test('metrics are a line in the embedded metric format, with ids and no other context', () => {
  const lines: string[] = [];
  const clock = new FakeClock();
  const metrics = embeddedMetrics({ prefix: 'school' }, clock, (line) => lines.push(line));
  const migration = aMigration({ reason: 'private words' });
  metrics.put({ FenceTime: 612, Backlog: 0 }, migration);
  metrics.put({});
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      _aws: {
        Timestamp: clock.now(),
        CloudWatchMetrics: [
          {
            Namespace: 'Tierferry',
            Dimensions: [['Deployment']],
            Metrics: [
              { Name: 'FenceTime', Unit: 'Milliseconds' },
              { Name: 'Backlog', Unit: 'Count' },
            ],
          },
        ],
      },
      Deployment: 'school',
      migrationId: migration.migrationId,
      tenantId: migration.tenantId,
      FenceTime: 612,
      Backlog: 0,
    },
  ]);
});

test('each throttled call is counted, and fails as before', async () => {
  const table = tableName('live');
  const partition = new FakePartition(tenantId, table);
  const metrics = new FakeMetrics();
  const errors = [new Throttled('slow down'), new Unavailable('gone')];
  partition.get = async () => {
    throw errors.shift() ?? new Error('no more');
  };
  const counting = countingThrottles(partition, tenantId, metrics);
  await expect(counting.get(table, [entityKey('a')])).rejects.toThrow(Throttled);
  await expect(counting.get(table, [entityKey('a')])).rejects.toThrow(Unavailable);
  expect(metrics.given).toEqual([{ Throttles: 1 }]);
});
