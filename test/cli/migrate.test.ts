import { expect, test } from 'vitest';
import { fakePorts } from '../support/fake-ports.ts';
import { addTenant } from '../support/tenants.ts';
import { runInProcess } from './run-in-process.ts';

test('a migration is requested with its limits of read and write units', async () => {
  const ports = fakePorts();
  await addTenant(ports, { tenantId: 'north', items: 1 });
  const limits = ['--write-units', '200', '--read-units', '500'];
  const { code, stdout } = await runInProcess(ports, [
    'migrate',
    'north',
    '--to',
    'advanced',
    ...limits,
    '--json',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    migration: { writeUnitsPerSecond: 200, readUnitsPerSecond: 500 },
  });
});

test('a limit of no write units is refused, and nothing is requested', async () => {
  const ports = fakePorts();
  await addTenant(ports, { tenantId: 'north', items: 1 });
  const refused = await runInProcess(ports, ['migrate', 'north', '--to', 'advanced', '--write-units', '0']);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--write-units must be a whole number from 1/),
  });
  expect(await ports.migrations.latest('north' as never)).toBeUndefined();
});
