import { expect, test } from 'vitest';
import * as z from 'zod';
import { consoleWorld } from './console-world.ts';
import { breachIn } from './contract.ts';

const FILE = new URL('../../../docs/api/openapi.json', import.meta.url);
const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  responses: z.record(z.string(), z.unknown()),
});
const Document = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});

const served = async () => (await consoleWorld().call('/api/openapi.json')).json;

test('docs/api/openapi.json is the document that the app serves', async () => {
  await expect(`${JSON.stringify(await served(), undefined, 2)}\n`).toMatchFileSnapshot(FILE.pathname);
});

test('every reference of the document leads to a schema, and every schema is referenced', async () => {
  const document = await served();
  const { components } = Document.parse(document);
  const named = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, n]) => n);
  expect([...new Set(named)].sort()).toEqual(Object.keys(components.schemas).sort());
});

test('every operation has its own id and documents its problems', async () => {
  const { paths } = Document.parse(await served());
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(20);
  expect(operations.filter(({ responses }) => !('default' in responses))).toEqual([]);
});

test('every POST accepts an idempotency key, and every time in an answer is text', async () => {
  const document = await served();
  const { paths } = Document.parse(document);
  const posts = Object.values(paths).flatMap(({ post }) => (post ? [post] : []));
  expect(posts.length).toBeGreaterThan(5);
  for (const post of posts) expect(JSON.stringify(post.parameters)).toContain('Idempotency-Key');
  expect(JSON.stringify(document.components.schemas.Event.properties.at)).toContain('"date-time"');
});

test('an answer without a field of the contract is found', () => {
  const answer = { status: 200, contentType: 'application/json' };
  const breach = (body: unknown) => breachIn('get', '/api/tenants', { ...answer, body });
  expect(breach({ tenants: [], cursor: null })).toBeUndefined();
  expect(breach({ tenants: [{}], cursor: null })).toContain('tenantId');
  expect(breach({ tenants: [] })).toContain('cursor');
  expect(breachIn('get', '/api/tenants', { ...answer, status: 404, body: {} })).toContain(
    'no application/json',
  );
});
