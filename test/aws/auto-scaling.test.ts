import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { expect, test } from 'vitest';
import { tablesIn } from '../../functions/aws/tables.ts';
import { Throttled, Unavailable } from '../../functions/migration/errors.ts';
import { tableName } from '../../functions/migration/names.ts';
import { plantedClient } from '../support/planted-client.ts';

const table = tableName('a-table');
const named = (name: string) => Object.assign(new Error(name), { name });
type Input = Readonly<Record<string, unknown>>;
type Answer = (operation: string, input: Input) => Error | object;

/** A table with these indexes, and the service's answers about its auto scaling. */
const integrations = async (answer: Answer, indexes: readonly string[] = []) => {
  const { client } = plantedClient((operation) =>
    operation === 'DescribeTableCommand'
      ? { Table: { TableName: table, GlobalSecondaryIndexes: indexes.map((IndexName) => ({ IndexName })) } }
      : {},
  );
  const scaling = new ApplicationAutoScalingClient({ region: 'eu-west-1', maxAttempts: 1 });
  scaling.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => {
        const found = answer(commandName.replace('Command', ''), { ...input });
        if (found instanceof Error) throw found;
        return { output: { ...found, $metadata: {} }, response: {} };
      },
    { step: 'initialize', name: 'planted' },
  );
  return (await tablesIn(client, scaling).integrations(table))?.autoScaling;
};

const target = (of: string, dimension: string, MaxCapacity: number) => ({
  ServiceNamespace: 'dynamodb',
  ResourceId: of,
  ScalableDimension: `dynamodb:${dimension}CapacityUnits`,
  MinCapacity: 5,
  MaxCapacity,
});

test('scaling targets of a table and its indexes are read page by page, with their policies', async () => {
  const asked: unknown[] = [];
  const indexes = Array.from({ length: 60 }, (_, n) => `by-${n}`);
  const found = await integrations((operation, input) => {
    if (operation === 'DescribeScalingPolicies')
      return { ScalingPolicies: input.ScalableDimension === 'dynamodb:table:WriteCapacityUnits' ? [{}] : [] };
    const ids = input.ResourceIds;
    asked.push(Array.isArray(ids) && ids.length, input.NextToken);
    if (input.NextToken !== undefined)
      return { ScalableTargets: [target('table/a-table', 'table:Read', 400)] };
    if (!Array.isArray(ids) || !ids.includes('table/a-table')) return {};
    const others = [
      target('table/a-table/index/by-7', 'index:Write', 70),
      target('table/a-table', 'table:Other', 1),
    ];
    return { ScalableTargets: [...others, target('table/a-table', 'table:Write', 200)], NextToken: 'more' };
  }, indexes);
  expect(asked).toEqual([50, undefined, 50, 'more', 11, undefined]);
  expect(found).toEqual([
    { dimension: 'read', least: 5, most: 400, hasPolicy: false },
    { dimension: 'write', least: 5, most: 200, hasPolicy: true },
    { index: 'by-7', dimension: 'write', least: 5, most: 70, hasPolicy: false },
  ]);
});

test('a policy whose alarms cannot be read counts as a policy', async () => {
  const found = await integrations((operation) =>
    operation === 'DescribeScalingPolicies'
      ? named('FailedResourceAccessException')
      : { ScalableTargets: [target('table/a-table', 'table:Read', 9)] },
  );
  expect(found).toEqual([{ dimension: 'read', least: 5, most: 9, hasPolicy: true }]);
});

test('a table without scaling has no scaling targets, and temporary errors are reported as such', async () => {
  expect(await integrations(() => ({}))).toBeUndefined();
  await expect(integrations(() => named('ThrottlingException'))).rejects.toThrow(Throttled);
  await expect(integrations(() => named('ConcurrentUpdateException'))).rejects.toThrow(Unavailable);
});

test('on one machine the service is not called', async () => {
  const { client } = plantedClient((operation) =>
    operation === 'DescribeTableCommand' ? { Table: { TableName: table } } : {},
  );
  expect(await tablesIn(client).integrations(table)).toEqual({ kinesisStreams: [] });
});
