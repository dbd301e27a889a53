import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createPorts } from '../../functions/aws/ports.ts';
import { type TenantId, tableName } from '../../functions/migration/names.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { listenOnLoopback } from '../../scripts/local/listen-on-loopback.ts';
import { startFakeSts } from '../support/fake-sts.ts';

const ROLE = 'arn:aws:iam::111122223333:role/TierferryMigration-TenantRolesWriter';
const credentials = { accessKeyId: 'function', secretAccessKey: 'own' };
const live = tableName('live');

let local: Awaited<ReturnType<typeof listenOnLoopback>>;
let sts: Awaited<ReturnType<typeof startFakeSts>>;
/** Access keys used in requests to DynamoDB. */
const keys: string[] = [];
const dynamodb = createServer((request, response) => {
  keys.push(/Credential=([^/]+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'none');
  request.resume();
  response.setHeader('content-type', 'application/x-amz-json-1.0').end('{"Count": 0}');
});
beforeAll(async () => {
  sts = await startFakeSts();
  local = await listenOnLoopback(dynamodb);
});
afterAll(async () => {
  await sts.stop();
  await local.stop();
});
beforeEach(() => {
  keys.length = 0;
  sts.sessions.length = 0;
});

const portsWith = (tenantRoleArn?: string) => {
  const common = { region: 'us-east-1', credentials };
  return createPorts(parseSettings({}), {
    dynamodb: { ...common, endpoint: local.endpoint },
    sts: { ...common, endpoint: sts.endpoint },
    tenantRoleArn,
  });
};
const countFor = (ports: ReturnType<typeof portsWith>, id: string) =>
  ports.partition(id as TenantId).count(live, {}, 1);

test("a tenant's items are read with credentials for that tenant, assumed once; records with the function's own", async () => {
  const ports = portsWith(ROLE);
  for (const id of ['oak', 'pine', 'oak', 'oak']) await countFor(ports, id);
  expect(keys).toEqual(['KEYOFoak', 'KEYOFpine', 'KEYOFoak', 'KEYOFoak']);
  expect(sts.sessions).toEqual([
    { role: ROLE, tags: { tenantId: 'oak' } },
    { role: ROLE, tags: { tenantId: 'pine' } },
  ]);
  await ports.registry.tenant('oak' as TenantId);
  expect(keys.at(-1)).toBe('function');
});

test('after serving many tenants it forgets the least recently used', async () => {
  const ports = portsWith(ROLE);
  const ids = Array.from({ length: 20 }, (_, n) => `t-${n}`);
  for (const id of [...ids, 't-19', 't-0']) await countFor(ports, id);
  expect(sts.sessions.map(({ tags }) => tags.tenantId)).toEqual([...ids, 't-0']);
});

test('without such a role the existing credentials are used', async () => {
  await countFor(portsWith(), 'oak');
  expect(keys).toEqual(['function']);
  expect(sts.sessions).toEqual([]);
});
