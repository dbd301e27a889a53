import { readFileSync } from 'node:fs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { signUp } from '../../docs/examples/sign-up/sign-up.ts';
import { adminOf } from '../../functions/admin/admin-of.ts';
import { dynamoClient } from '../../functions/aws/client.ts';
import { controlTables, parseSettings } from '../../functions/migration/settings/settings.ts';
import { routedClient, TenantRouter } from '../../functions/router/router.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { RecordedActions } from '../infra/recorded-actions.ts';
import { ACCOUNT, isAllowed, REGION } from '../infra/simulate.ts';
import { startTestStack } from '../support/test-stack.ts';

/* The policy of docs/examples/sign-up allows each request of a sign-up, and nothing that no sign-up needs. */

const Policy = z.object({
  Version: z.string(),
  Statement: z.array(
    z.object({
      Sid: z.string(),
      Effect: z.string(),
      Action: z.array(z.string()),
      Resource: z.array(z.string()),
      Condition: z.unknown().optional(),
    }),
  ),
});
const policy = Policy.parse(
  JSON.parse(readFileSync(new URL('../../docs/examples/sign-up/policy.json', import.meta.url), 'utf8')),
);
/** Actions that the embedded engine does not show. */
const NOT_HERE = {
  TagResource: 'creating a table with tags also tags it, without a call of its own',
  UpdateContinuousBackups: 'the engine has no such feature',
};

const settings = parseSettings({});
const recorded = new RecordedActions(settings);
let stack: Stack;
beforeAll(async () => {
  stack = await startTestStack({ countsSchools: false, dynamodb: recorded.dynamodb });
});
afterAll(() => stack?.stop());

const arnOf = (tables: string): string => {
  const { registry, routes } = controlTables(settings);
  const table = { registry, routes }[tables] ?? `${settings.prefix}-tenant-data-basic`;
  return `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table}`;
};

/** Signs two districts up, the first of which needs a new table, and returns `tables:Action` of each request. */
const actionsOfSignUps = async (): Promise<string[]> => {
  const client = dynamoClient({ ...stack.client, ...recorded.dynamodb });
  const router = new TenantRouter({ client });
  const documents = routedClient(DynamoDBDocumentClient.from(client), { table: 'school-data', router });
  await recorded.as('sign-up', async () => {
    for (const tenantId of ['north', 'south'])
      await signUp({ admin: adminOf(stack.ports), documents }, { tenantId, name: tenantId });
  });
  client.destroy();
  return [...(recorded.byState.get('sign-up') ?? [])].map((pair) =>
    pair.replace(/^tierTables:/, 'tierTables:'),
  );
};

test('the policy of the page allows each request of a sign-up, and nothing else', async () => {
  const used = await actionsOfSignUps();
  const pairs = used.map((pair) => pair.split(':') as [tables: string, action: string]);
  expect(pairs.map(([tables]) => tables)).toEqual(
    expect.arrayContaining(['registry', 'routes', 'tierTables']),
  );
  const refused: string[] = [];
  for (const [tables, action] of pairs)
    if (!(await isAllowed(policy, `dynamodb:${action}`, arnOf(tables)))) refused.push(`${tables}:${action}`);
  expect(refused).toEqual([]);
  const allowed = policy.Statement.flatMap(({ Action, Resource }) =>
    Resource.flatMap((resource) => Action.map((action) => ({ resource, action }))),
  ).filter(({ action }) => action.startsWith('dynamodb:'));
  const isUsed = ({ resource, action }: { resource: string; action: string }) =>
    pairs.some(
      ([tables, one]) => action === `dynamodb:${one}` && arnOf(tables).startsWith(resource.replace('*', '')),
    );
  const unused = allowed.filter((one) => !isUsed(one)).map(({ action }) => action.replace('dynamodb:', ''));
  expect(unused.sort()).toEqual(Object.keys(NOT_HERE).sort());
});
