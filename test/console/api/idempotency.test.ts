import { describe, expect, test } from 'vitest';
import { Unavailable } from '../../../functions/migration/errors.ts';
import { addTenant, collect } from '../../support/tenants.ts';
import { consoleWorld } from './console-world.ts';

const plan = { tenantId: 'cedar', to: { tier: 'advanced' }, reason: 'it grows' };
const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });

const withTenant = async () => {
  const world = consoleWorld();
  await addTenant(world.ports, { tenantId: 'cedar', items: 20 });
  const migrations = async () => (await collect(world.ports.migrations.list({}))).length;
  return { ...world, migrations };
};

describe('a repeated POST', () => {
  test('is done once, and gets the same answer', async () => {
    const { call, migrations } = await withTenant();
    const first = await call('/api/plans', { body: plan, ...keyed('a') });
    const again = await call('/api/plans', { body: plan, ...keyed('a') });
    expect(first.status).toBe(201);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(await migrations()).toBe(1);
    await call('/api/plans', { body: plan, ...keyed('b') });
    expect(await migrations()).toBe(2);
  });

  test('gets the same refusal', async () => {
    const { call, ports } = await withTenant();
    const body = { ...plan, tenantId: 'new' };
    const first = await call('/api/plans', { body, ...keyed('a') });
    await addTenant(ports, { tenantId: 'new', items: 20 });
    const again = await call('/api/plans', { body, ...keyed('a') });
    expect([first.status, again.status]).toEqual([404, 404]);
    expect(again.headers.get('content-type')).toBe('application/problem+json');
  });

  test('is done again after a temporary failure', async () => {
    const { call, ports, migrations } = await withTenant();
    const { describe: real } = ports.tables;
    ports.tables.describe = async () => {
      ports.tables.describe = real;
      throw new Unavailable('no answer');
    };
    expect((await call('/api/plans', { body: plan, ...keyed('a') })).status).toBe(503);
    expect((await call('/api/plans', { body: plan, ...keyed('a') })).status).toBe(201);
    expect(await migrations()).toBe(1);
  });

  test('is not confused with another request with the same key, nor with that of another subject', async () => {
    const { call, migrations } = await withTenant();
    await call('/api/plans', { body: plan, ...keyed('a') });
    const other = await call('/api/plans', { body: { ...plan, reason: 'other' }, ...keyed('a') });
    expect(other.json).toMatchObject({ status: 422, code: 'IdempotencyKeyReused' });
    expect((await call('/api/plans', { by: 'bea', body: plan, ...keyed('a') })).status).toBe(201);
    expect(await migrations()).toBe(2);
  });

  test('waits while the first is under way, and is done again once that console has died', async () => {
    const { call, ports, migrations } = await withTenant();
    const { finish } = ports.requests;
    ports.requests.finish = async () => {
      throw new Unavailable('the console dies here');
    };
    expect((await call('/api/plans', { body: plan, ...keyed('a') })).status).toBe(503);
    ports.requests.finish = finish;
    const meanwhile = await call('/api/plans', { body: plan, ...keyed('a') });
    expect(meanwhile.json).toMatchObject({
      ...{ status: 409, code: 'RequestUnderWay' },
      detail: 'the same request is still being carried out',
    });
    expect(await migrations()).toBe(1);
    ports.clock.advance(121_000);
    expect((await call('/api/plans', { body: plan, ...keyed('a') })).status).toBe(201);
  });
});

test('a POST without a key is refused and does nothing', async () => {
  const { call, migrations } = await withTenant();
  const refused = await call('/api/plans', { body: plan, ...keyed('') });
  expect(refused.json).toMatchObject({ status: 400, code: 'IdempotencyKeyMissing' });
  expect(await migrations()).toBe(0);
});
