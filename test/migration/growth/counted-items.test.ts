import fc from 'fast-check';
import { expect, test } from 'vitest';
import { handler } from '../../../functions/handlers/capture-changes.ts';
import { decideMove } from '../../../functions/migration/growth/decide-move.ts';
import { countSchools, isSchool } from '../../../functions/migration/growth/tenant-schools.ts';
import { layoutOf } from '../../../functions/migration/items/key-layout.ts';
import { type TenantId, type TierName, tableName } from '../../../functions/migration/names.ts';
import { countedItems, countedText } from '../../../functions/migration/settings/counted-items.ts';
import { parseSettings } from '../../../functions/migration/settings/settings.ts';
import { renderThresholds } from '../../../scripts/cli/render/render-thresholds.ts';
import { fakePorts } from '../../support/fake-ports.ts';

const tenantId = 't' as TenantId;
const table = tableName('live');
const { tableDesign } = parseSettings({});
const keys = { partitionKey: 'PK', sortKey: 'SK', template: 'TENANT#{tenant}#{0..2}' };
const PROJECTS = {
  counted: { prefix: 'PROJECT|', label: 'company', labels: 'companies', entityType: 'Project' },
  tableDesign: { ...tableDesign, keys },
};

test('without the setting, schools are counted', () => {
  const settings = parseSettings({});
  expect(countedItems(settings)).toEqual({ prefix: 'SCHOOL#', separator: '#', entityType: 'SCHOOL' });
  expect([0, 1, 2].map((n) => countedText(n, settings))).toEqual(['0 schools', '1 school', '2 schools']);
});

test('what the settings name is counted over all partitions, as a check of every key finds it', async () => {
  const sort = fc
    .tuple(
      fc.constantFrom('PROJECT|', 'PROJECT', 'PROJECU', 'A|'),
      fc.string({ unit: fc.constantFrom('a', 'b', ' ', '}', '\u{10FFFF}'), minLength: 1, maxLength: 2 }),
      fc.constantFrom('', '|', '|TASK|1', '#x'),
    )
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(fc.nat(2), sort), { maxLength: 25, selector: (one) => one.join('/') }),
      fc.nat(4),
      async (places, most) => {
        const ports = fakePorts(PROJECTS);
        const layout = layoutOf(ports.settings);
        await ports.tables.create(table, ports.settings.tableDesign);
        const partition = ports.tables.partition(tenantId);
        const puts = places.map(([n, text]) => layout.wireKey(tenantId, layout.keyAt(n, text)));
        for (let n = 0; n < puts.length; n += 25)
          await partition.write(table, { puts: puts.slice(n, n + 25), deletes: [] });
        const wanted = places.filter(([, text]) => /^PROJECT\|[^|]+$/u.test(text)).length;
        expect(await countSchools(ports, { tenantId, table })).toMatchObject({
          schools: wanted,
          isMore: false,
        });
        expect(await countSchools(ports, { tenantId, table }, most)).toMatchObject({
          schools: Math.min(wanted, most),
          isMore: wanted > most,
        });
        expect(places.filter(([n, text]) => isSchool(layout.keyAt(n, text), ports.settings))).toHaveLength(
          wanted,
        );
      },
    ),
    { numRuns: 50 },
  );
});

test('a stream record of any partition requests a count of its tenant', async () => {
  const ports = fakePorts(PROJECTS);
  const record = (eventName: string, partition: number, SK: string, n = partition) => ({
    eventName,
    eventSourceARN: `arn:aws:dynamodb:eu-west-1:123456789012:table/${table}/stream/1`,
    dynamodb: {
      Keys: { PK: { S: `TENANT#t${n}#${partition}` }, SK: { S: SK } },
      SequenceNumber: `${100 + n}`,
    },
  });
  const context = { awsRequestId: 'one', getRemainingTimeInMillis: () => 60_000 };
  const requestsOf = async (...Records: object[]) => {
    ports.schoolCounts.requests.length = 0;
    expect(await handler.run(ports, { Records }, context)).toEqual({ batchItemFailures: [] });
    return ports.schoolCounts.requests;
  };
  expect(
    await requestsOf(
      record('INSERT', 0, 'PROJECT|1'),
      record('REMOVE', 1, 'PROJECT|1'),
      record('INSERT', 2, 'PROJECT|1'),
      record('INSERT', 0, 'PROJECT|2', 2),
    ),
  ).toEqual([{ table, tenantIds: ['t0', 't1', 't2'] }]);
  expect(
    await requestsOf(
      record('MODIFY', 0, 'PROJECT|1'),
      record('INSERT', 1, 'SCHOOL#1'),
      record('INSERT', 2, 'PROJECT|1|TASK|1'),
      record('INSERT', 3, 'PROJECT|1'),
    ),
  ).toEqual([]);
});

test('they have their own name in decisions', () => {
  const settings = parseSettings(PROJECTS);
  const tenant = {
    tier: 'basic' as TierName,
    placement: 'shared',
    schoolCount: 12,
  } as const;
  expect(decideMove(settings, tenant)).toMatchObject({
    reason: '12 companies; the limit of tier basic is 10',
  });
});

test('they have their own name on the command line', () => {
  const settings = parseSettings(PROJECTS);
  const [, , tiers = ''] = renderThresholds(settings.tiers, [], 80, settings);
  expect(tiers).toContain('max companies');
  expect(renderThresholds(settings.tiers, [], 80).join()).toContain('max schools');
});

test('a prefix without a separator is refused', () => {
  expect(() => parseSettings({ counted: { prefix: 'PROJECT', label: 'project' } })).toThrow(/separator/);
});
