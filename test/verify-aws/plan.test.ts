import { createServer } from 'node:http';
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { App, Aspects } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../functions/migration/settings/config.ts';
import { deployment } from '../../infra/deployment.ts';
import { Disposable } from '../../infra/disposable.ts';
import { listenOnLoopback } from '../../scripts/local/listen-on-loopback.ts';
import { verificationConfig } from '../../scripts/verify-aws/deployment-name.ts';
import { planLines } from '../../scripts/verify-aws/dry-run.ts';
import { policyFor } from '../../scripts/verify-aws/permissions.ts';
import { type Call, plannedCalls, STEPS } from '../../scripts/verify-aws/plan.ts';
import { type DeniedCall, plannedCallsOnly } from '../../scripts/verify-aws/planned-calls.ts';
import { NEVER_RUN } from '../../scripts/verify-aws/render.ts';
import { isAllowed } from '../infra/simulate.ts';

const PREFIX = 'tfv-a1b2c3';
const ACCOUNT = '111122223333';
const REGION = 'eu-west-1';

/** A fake DynamoDB that refuses to delete a table in use. */
const server = createServer((request, response) => {
  const target = String(request.headers['x-amz-target']);
  const isRefused = target.endsWith('.DeleteTable');
  response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(
    isRefused
      ? JSON.stringify({
          __type: 'com.amazonaws.dynamodb.v20120810#ResourceInUseException',
          message: 'in use',
        })
      : JSON.stringify({ Table: { TableStatus: 'ACTIVE' } }),
  );
});
let fake: Awaited<ReturnType<typeof listenOnLoopback>>;
beforeAll(async () => {
  fake = await listenOnLoopback(server);
});
afterAll(() => fake.stop());

const clientThatMay = (calls: readonly Call[]) => {
  const refusals: DeniedCall[] = [];
  const client = new DynamoDBClient({
    endpoint: fake.endpoint,
    region: REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    ...plannedCallsOnly(new Set(calls), (refusal) => {
      refusals.push(refusal);
    }),
  });
  return { client, refusals };
};

test('a call that the plan does not list is not sent', async () => {
  const { client } = clientThatMay(['dynamodb:DescribeTable']);
  const TableName = `${PREFIX}-probe-0`;
  expect(await client.send(new DescribeTableCommand({ TableName }))).toMatchObject({
    Table: { TableStatus: 'ACTIVE' },
  });
  await expect(client.send(new ScanCommand({ TableName }))).rejects.toThrow(
    'dynamodb:Scan is not in the plan of this run. It was not sent.',
  );
});

test('an error of AWS is recorded by its name, and still reaches the caller', async () => {
  const { client, refusals } = clientThatMay(['dynamodb:DeleteTable']);
  const deletion = client.send(new DeleteTableCommand({ TableName: `${PREFIX}-probe-0` }));
  await expect(deletion).rejects.toThrow(ResourceInUseException);
  expect(refusals).toEqual([{ call: 'dynamodb:DeleteTable', error: 'ResourceInUseException' }]);
});

test('the policy allows every call of the plan under the prefix, and none on a table of another deployment', async () => {
  const { Statement } = policyFor(STEPS, {
    partition: 'aws',
    region: REGION,
    account: ACCOUNT,
    prefix: PREFIX,
  });
  const policy = {
    Version: '2012-10-17',
    Statement: Statement.map(({ Sid: _, ...one }) => ({
      ...one,
      Action: [...one.Action],
      Resource: [...one.Resource],
    })),
  };
  const tableOf = (name: string) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${name}`;
  const actions = [...plannedCalls()].filter(
    (call) => /^dynamodb:(?!List)/.test(call) && call !== 'dynamodb:TransactWriteItems',
  );
  for (const action of actions) {
    const backup = /:(Describe|Delete)Backup$/.test(action) ? '/backup/01234567890123-abcdefgh' : '';
    expect(await isAllowed(policy, action, `${tableOf(`${PREFIX}-tenant-routes`)}${backup}`), action).toBe(
      true,
    );
    expect(await isAllowed(policy, action, `${tableOf('saas-tenant-routes')}${backup}`), action).toBe(false);
  }
  const mapping = `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:11111111-2222-3333-4444-555555555555`;
  const deletes = (name: string) =>
    isAllowed(policy, 'lambda:DeleteEventSourceMapping', mapping, {
      'lambda:FunctionArn': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    });
  expect(await deletes(`${PREFIX}-capture-changes`)).toBe(true);
  expect(await deletes('saas-capture-changes')).toBe(false);
});

test('the deployment leaves nothing behind when its stacks are deleted', () => {
  const app = new App({
    context: { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:defaultCrossStackReferences': 'strong' },
  });
  const stacks = deployment(app, parseConfig(verificationConfig(PREFIX, { reservedConcurrency: false })));
  Aspects.of(app).add(new Disposable());
  const templates = Object.values(stacks).map((stack) => Template.fromStack(stack));
  const resources = templates.flatMap((template) =>
    Object.values<{ Type: string; DeletionPolicy?: string; Properties?: Record<string, unknown> }>(
      template.toJSON().Resources,
    ),
  );
  expect(resources.length).toBeGreaterThan(250);
  for (const { Type, DeletionPolicy, Properties } of resources) {
    expect(DeletionPolicy, Type).toBe('Delete');
    expect(Properties?.DeletionProtectionEnabled, Type).not.toBe(true);
  }
});

test('the dry run says that the rest was never run, and lists steps in order, permissions and questions', () => {
  const text = planLines(PREFIX).join('\n');
  expect(text).toContain(NEVER_RUN);
  expect(text).toMatch(/1\. look:[\s\S]*2\. deploy:[\s\S]*10\. remove:/);
  for (const asked of ['LeadingKeys', 'by an asynchronous call', 'recovery read ENABLED', 'an alias started'])
    expect(text).toContain(asked);
  expect(text).toContain(`table/${PREFIX}-*`);
});
