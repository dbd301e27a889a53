import { createServer, type IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { portsFromEnv } from '../../functions/aws/ports.ts';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { listenOnLoopback } from '../../scripts/local/listen-on-loopback.ts';
import { aMigration, newTenantId } from '../support/records.ts';

/** A request that the SDK sent to a fake service. */
const listening = async () => {
  const received: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    received.push(request.headers);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
  return { ...(await listenOnLoopback(server)), heard: received };
};

test('endpoints, region, credentials and settings come from the given environment', async () => {
  const [dynamodb, sfn] = [await listening(), await listening()];
  try {
    const ports = portsFromEnv({
      TIERFERRY_SETTINGS: '{"prefix":"school"}',
      TIERFERRY_STATE_MACHINE_ARN: 'arn:aws:states:eu-west-3:000000000000:stateMachine:tier-migration',
      TIERFERRY_ROLLBACK_STATE_MACHINE_ARN: 'arn:aws:states:eu-west-3:000000000000:stateMachine:rollback',
      TIERFERRY_LOG: 'silent',
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      AWS_ENDPOINT_URL_SFN: sfn.endpoint,
      AWS_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: 'GIVENID',
      AWS_SECRET_ACCESS_KEY: 'given',
      AWS_SESSION_TOKEN: 'token',
    });
    expect(ports.settings.prefix).toBe('school');
    await ports.registry.tenant(newTenantId());
    await ports.partition(newTenantId()).count(aMigration().source.table, {}, 1);
    await ports.workflow.start(aMigration().migrationId, 1);
    expect([dynamodb.heard.length, sfn.heard.length]).toEqual([2, 1]);
    for (const headers of [...dynamodb.heard, ...sfn.heard]) {
      expect(headers.authorization).toMatch(/Credential=GIVENID\/\d+\/eu-west-3\//);
      expect(headers['x-amz-security-token']).toBe('token');
    }
  } finally {
    await dynamodb.stop();
    await sfn.stop();
  }
});

test('without state machines reading works; only a caller that starts or describes an execution gets an error', async () => {
  const dynamodb = await listening();
  try {
    const ports = portsFromEnv({
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    });
    expect(await ports.registry.tenant(newTenantId())).toBeUndefined();
    const { migrationId } = aMigration();
    for (const call of [
      () => ports.workflow.start(migrationId, 1),
      () => ports.workflow.startRollback(migrationId, 1),
      () => ports.workflow.isRunning(migrationId, 1),
    ]) {
      await expect(call()).rejects.toThrow(InvalidRequest);
      await expect(call()).rejects.toThrow('TIERFERRY_STATE_MACHINE_ARN');
    }
  } finally {
    await dynamodb.stop();
  }
});

test('invalid settings are refused at once', () => {
  expect(() => portsFromEnv({ TIERFERRY_SETTINGS: '{"prefix":"a b"}' })).toThrow(/prefix is 1 to 64/);
  expect(() => portsFromEnv({ TIERFERRY_SETTINGS: '{' })).toThrow(SyntaxError);
});
