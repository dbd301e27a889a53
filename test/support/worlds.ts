import { afterAll, beforeAll, describe } from 'vitest';
import { dynamoClient } from '../../functions/aws/client.ts';
import { createControlTables } from '../../functions/aws/control-tables.ts';
import { createLog } from '../../functions/aws/log.ts';
import { createPorts } from '../../functions/aws/ports.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { parseSettings } from '../../functions/migration/settings/settings.ts';
import { startTestEngine } from './dynamodb-local.ts';
import { fakePorts } from './fake-ports.ts';

/** Creates the adapters on DynamoDB Local, with the control plane's tables. */
export const realPorts = async (): Promise<{ ports: Ports; stop(): Promise<void> }> => {
  const { config, stop } = await startTestEngine();
  const settings = parseSettings({});
  const client = dynamoClient(config);
  await createControlTables(client, settings);
  client.destroy();
  return { ports: createPorts(settings, { dynamodb: config, log: createLog('silent') }), stop };
};

/** Runs the same tests for the fakes and for the adapters on DynamoDB Local, so that a fake may replace its adapter. */
export const inBothWorlds = (what: string, tests: (ports: () => Ports) => void): void => {
  describe(`${what}: the fake`, () => {
    const ports = fakePorts();
    tests(() => ports);
  });
  describe(`${what}: DynamoDB Local`, () => {
    let world: Awaited<ReturnType<typeof realPorts>>;
    beforeAll(async () => {
      world = await realPorts();
    });
    afterAll(() => world?.stop());
    tests(() => world.ports);
  });
};
