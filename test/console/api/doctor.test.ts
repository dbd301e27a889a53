import { describe, expect, test } from 'vitest';
import { leftLock } from '../../support/left-lock.ts';
import { consoleWorld } from './console-world.ts';

describe('the doctor', () => {
  /** The lock of a migration that has ended. */
  const withFinding = async () => {
    const world = consoleWorld();
    const { ports } = world;
    const { control } = await leftLock(ports);
    const logged: object[] = [];
    const log = { info: (fields: object) => logged.push(fields), warn() {} };
    Object.assign(ports, { control, log });
    return { ...world, logged };
  };

  test('shows findings to operators only', async () => {
    const { call } = await withFinding();
    const { json } = await call('/api/doctor');
    expect(json).toMatchObject({ healthy: false, findings: [{ id: 'lock-left/east', next: {} }] });
    expect((await call('/api/doctor', { role: 'viewer' })).status).toBe(403);
  });

  test("mends one finding for an administrator, under that subject's name", async () => {
    const { call, logged } = await withFinding();
    const body = { finding: 'lock-left/east', reason: 'restored' };
    const done = await call('/api/doctor/mend', { by: 'bea', role: 'admin', body });
    expect(done.json).toMatchObject({ mended: { id: 'lock-left/east' } });
    expect(logged).toContainEqual({ finding: 'lock-left/east', by: 'bea' });
    const gone = await call('/api/doctor/mend', { role: 'admin', body: { ...body, finding: 'x/y' } });
    expect(gone.json).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});
