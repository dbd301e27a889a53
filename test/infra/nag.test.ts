import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { parseConfig } from '../../functions/migration/settings/config.ts';
import { deployment } from '../../infra/deployment.ts';

/** The findings of the rule packs, with their reasons. */
const REASONS: Readonly<Record<string, string>> = {
  'AwsSolutions-SQS3': 'the queue is where others give up to, and has an alarm',
  'Serverless-SQSRedrivePolicy': 'the same',
  'AwsSolutions-IAM5[Resource::*]':
    'actions that take no resource: X-Ray, log delivery, ListStreams, ListBackups, ListEventSourceMappings, auto scaling; and mappings, held by a condition on the function',
  'AwsSolutions-IAM5[Resource::table/saas-tenant-registry/index/*]':
    "the console's lists: each index of the registry is one of them",
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
    'the role of API Gateway for the logs of an account and region',
  'AwsSolutions-IAM5[Resource::table/saas-tenant-data-*]':
    'the next shared tables and the dedicated ones are created at run time',
  'AwsSolutions-IAM5[Resource::table/saas-tenant-data-*/stream/*]': 'so are their streams',
  'AwsSolutions-IAM5[Resource::table/saas-tenant-data-*/index/*]':
    'and their indexes, held by a condition on the tenant',
  'AwsSolutions-IAM5[Resource::table/saas-tenant-data-*/backup/*]': 'DynamoDB names a final backup',
  'AwsSolutions-IAM5[Resource::execution:saas-tier-migration:*]': 'executions have the names of migrations',
  'AwsSolutions-IAM5[Resource::execution:saas-tier-migration/*]':
    "a Map's children have names that Step Functions gives them",
  'AwsSolutions-IAM5[Resource::execution:saas-rollback/*]': 'so have those of the rollback',
  'AwsSolutions-IAM5[Resource::execution:saas-rollback:*]': 'the rollback is started without a name',
  'AwsSolutions-IAM5[Resource::<function>:*]':
    'executions under way call the versions of functions that an earlier deployment published',
  'Serverless-LambdaTracing': 'capture is called for every write of every tenant: see docs/cost.md',
  'AwsSolutions-APIG2': 'the app parses every request, by the schemas of its OpenAPI document',
  'AwsSolutions-APIG3': 'a web ACL is the choice of the account; the stage limits the rate of requests',
  'AwsSolutions-APIG4': 'the app verifies the token of every request, of any OpenID issuer',
  'AwsSolutions-COG4': 'the same',
  'AwsSolutions-APIG6':
    'execution logs would contain what is asked; the access log has a line for each request',
  'Serverless-LambdaDLQ':
    'states wait for their functions, streams have destinations of their own, and what events call has one too',
};

const CONSOLE = { issuer: 'https://issuer.example', clientId: 'console' };

const Report = z.object({
  pluginReports: z.array(
    z.object({
      pluginName: z.string(),
      violations: z.array(
        z.object({
          ruleName: z.string(),
          violatingConstructs: z.array(z.object({ constructPath: z.string() })),
        }),
      ),
    }),
  ),
});

const outdirs: string[] = [];
afterAll(() => {
  for (const outdir of outdirs) rmSync(outdir, { recursive: true });
});

/** Rules with findings, without the part that names the account. */
const findings = (add: (app: App) => void): string[] => {
  const outdir = mkdtempSync(join(tmpdir(), 'tierferry-nag-'));
  outdirs.push(outdir);
  const context = { 'aws:cdk:bundling-stacks': [], '@aws-cdk/core:defaultCrossStackReferences': 'strong' };
  const app = new App({ context, outdir });
  add(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  // a finding fails the synthesis of an app that runs on its own
  const { exitCode } = process;
  try {
    app.synth();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ValidationFailed')) throw error;
  } finally {
    process.exitCode = exitCode;
  }
  const { pluginReports } = Report.parse(
    JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')),
  );
  expect(pluginReports.map(({ pluginName }) => pluginName)).toEqual(['AwsSolutions', 'Serverless']);
  return pluginReports
    .flatMap(({ violations }) => violations)
    .map(({ ruleName }) =>
      ruleName.replace(/arn:.*<AWS::AccountId>:/, '').replace(/<Tierferry\w+Function\w+\.Arn>/, '<function>'),
    );
};

test('no rule pack has a finding without a written reason, and no reason is unused', () => {
  const found = findings((app) => deployment(app, parseConfig({ console: CONSOLE })));
  expect([...new Set(found)].sort()).toEqual(Object.keys(REASONS).sort());
});

test('the rule packs do have findings', () => {
  const found = findings((app) => {
    new Queue(new Stack(app, 'Planted'), 'Open');
  });
  expect(found).toContain('AwsSolutions-SQS4');
});
