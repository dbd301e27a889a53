import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Problem } from '../../functions/console/api/http/problem.ts';
import type { ConsoleInput } from '../../functions/migration/settings/config.ts';
import { addPage } from '../../infra/bundles.ts';
import { CONSOLE_PERMISSIONS } from '../../infra/step-permissions.ts';
import { TenantTierMigration } from '../../infra/tenant-tier-migration.ts';

const context = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:enable-path-metadata': true };
const synthesise = (console: ConsoleInput | undefined) => {
  const stack = new Stack(new App({ context }), 'School');
  new TenantTierMigration(stack, 'Tierferry', { console });
  return Template.fromStack(stack);
};
const template = synthesise({ issuer: 'https://issuer.example', clientId: 'console' });

const Method = z.object({
  HttpMethod: z.string(),
  ResourceId: z.unknown(),
  AuthorizationType: z.string(),
  Integration: z.object({
    Type: z.string(),
    Uri: z.unknown(),
    ResponseTransferMode: z.string(),
    TimeoutInMillis: z.number(),
  }),
});
const Resource = z.object({ PathPart: z.string(), ParentId: z.unknown() });
const Ref = z.object({ Ref: z.string() });

const resources = template.findResources('AWS::ApiGateway::Resource');
const pathOf = (id: unknown): string => {
  const ref = Ref.safeParse(id).data?.Ref;
  if (ref === undefined) return '';
  const { PathPart, ParentId } = Resource.parse(resources[ref]?.Properties);
  return `${pathOf(ParentId)}/${PathPart}`;
};
const methods = Object.values(template.findResources('AWS::ApiGateway::Method')).map(({ Properties }) => {
  const { HttpMethod, ResourceId, ...rest } = Method.parse(Properties);
  return { method: HttpMethod, path: pathOf(ResourceId) || '/', ...rest };
});
const calledBy = (uri: unknown) => /(ServeConsole|SteerMigrations)/.exec(JSON.stringify(uri))?.[0];

const work = mkdtempSync(join(tmpdir(), 'tierferry-console-'));
afterAll(() => rmSync(work, { recursive: true }));

describe("the construct's console", () => {
  test('is deployed only on request', () => {
    const without = synthesise(undefined);
    without.resourceCountIs('AWS::ApiGateway::RestApi', 0);
    expect(JSON.stringify(without.toJSON())).not.toContain('ServeConsole');
    expect(Object.keys(template.findOutputs('*')).some((name) => name.includes('ConsoleUrl'))).toBe(true);
  });

  test('streams every answer of a regional API, from two functions', () => {
    template.hasResourceProperties('AWS::ApiGateway::RestApi', {
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
    for (const { path, method, Integration } of methods) {
      expect(Integration, `${method} ${path}`).toMatchObject({
        Type: 'AWS_PROXY',
        ResponseTransferMode: 'STREAM',
      });
      expect(JSON.stringify(Integration.Uri)).toMatch(
        /2021-11-15\/functions\/.*\/response-streaming-invocations/,
      );
    }
    const routes = methods.map(({ method, path, Integration }) => [
      `${method} ${path}`,
      calledBy(Integration.Uri),
    ]);
    expect(Object.fromEntries(routes)).toEqual({
      'ANY /': 'ServeConsole',
      'ANY /{proxy+}': 'ServeConsole',
      'ANY /api': 'ServeConsole',
      'ANY /api/{proxy+}': 'ServeConsole',
      'GET /api/stream': 'ServeConsole',
      'GET /api/doctor': 'SteerMigrations',
      'ANY /api/doctor/{proxy+}': 'SteerMigrations',
      'ANY /api/migrations': 'ServeConsole',
      'ANY /api/migrations/{migrationId}': 'ServeConsole',
      'ANY /api/migrations/{migrationId}/{proxy+}': 'ServeConsole',
      'ANY /api/migrations/{migrationId}/actions': 'ServeConsole',
      'ANY /api/migrations/{migrationId}/actions/{action}': 'SteerMigrations',
    });
  });

  test('allows no stream less time than it takes, and none more than API Gateway allows', () => {
    const stream = methods.find(({ path }) => path === '/api/stream');
    expect(stream?.Integration.TimeoutInMillis).toBe(15 * 60_000);
    for (const [name, { seconds, memory }] of Object.entries(CONSOLE_PERMISSIONS)) {
      expect(seconds).toBeLessThanOrEqual(15 * 60);
      template.hasResourceProperties('AWS::Lambda::Function', {
        Description: `Tierferry: ${name}`,
        Timeout: seconds,
        MemorySize: memory,
        LoggingConfig: { LogGroup: Match.anyValue() },
        Environment: { Variables: Match.objectLike({ TIERFERRY_CONSOLE: Match.anyValue() }) },
      });
    }
  });

  test('limits the rate of requests, and that of new streams and of diagnoses further', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGateway::Stage'));
    const settings = Object.fromEntries(
      stage?.Properties.MethodSettings.map((one: Record<string, unknown>) => [
        `${one.HttpMethod} ${one.ResourcePath}`,
        [one.ThrottlingRateLimit, one.ThrottlingBurstLimit],
      ]),
    );
    // a path of a setting has ~1 for each slash
    expect(settings).toEqual({
      '* /*': [50, 100],
      'GET /~1api~1stream': [0.2, 20],
      'GET /~1api~1doctor': [0.2, 5],
    });
  });

  test('logs each request without its query and its headers', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGateway::Stage'));
    const { Format } = stage?.Properties.AccessLogSetting ?? {};
    expect(Object.keys(JSON.parse(Format))).toEqual([
      'requestId',
      'extendedRequestId',
      'ip',
      'time',
      'method',
      'path',
      'status',
      'latencyMs',
      'bytes',
    ]);
    expect(Format).not.toMatch(/header|query|authorizer|claims/i);
    for (const setting of stage?.Properties.MethodSettings ?? []) {
      expect(setting.DataTraceEnabled ?? false).toBe(false);
      expect(setting.LoggingLevel ?? 'OFF').toBe('OFF');
    }
  });

  test("makes API Gateway answer in the app's format if the app does not answer", () => {
    const answers = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse'));
    const problems = answers.map(({ Properties: { ResponseTemplates, StatusCode } }) => {
      const problem = Problem.parse(JSON.parse(ResponseTemplates['application/json']));
      expect(problem.status).toBe(Number(StatusCode));
      return [StatusCode, problem.code];
    });
    expect(problems.sort()).toEqual([
      ['429', 'Throttled'],
      ['503', 'Unavailable'],
    ]);
  });

  test('answers no preflight of a page of another origin', () => {
    expect(methods.filter(({ method }) => method === 'OPTIONS')).toEqual([]);
    const [api] = Object.values(template.findResources('AWS::ApiGateway::RestApi'));
    expect(JSON.stringify(api)).not.toContain('Access-Control');
  });
});

test('the built page is put next to the handler that serves it', () => {
  const page = join(work, 'page-source');
  const bundle = join(work, 'bundle');
  mkdirSync(join(page, 'assets'), { recursive: true });
  mkdirSync(bundle);
  writeFileSync(join(page, 'index.html'), 'page');
  writeFileSync(join(page, 'assets', 'a.js'), 'script');
  addPage(bundle, page);
  expect(readFileSync(join(bundle, 'page', 'index.html'), 'utf8')).toBe('page');
  expect(readFileSync(join(bundle, 'page', 'assets', 'a.js'), 'utf8')).toBe('script');
});

test('a page that is not built ends the synthesis with the command to run', () => {
  expect(() => addPage(work, join(work, 'none'))).toThrow("Run 'npm run build:console'");
});
