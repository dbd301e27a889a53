import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stack } from '../../scripts/local/stack.ts';
import { createTierTables } from '../../scripts/local/tier-tables.ts';
import { SHORT_WAITS } from '../support/short-waits.ts';
import { addTenant, ended } from '../support/tenants.ts';
import { startTestStack } from '../support/test-stack.ts';

/** Less than a call's time-out of 10 s: DynamoDB answers, but late. */
const SLOW_MS = 6_000;

/** The steps that write under a claim. A cutover would not fit its fence. */
const UNDER_CLAIM = ['CopySegment', 'CleanUpSegment'];
/** Number of these steps that run now. */
let running = 0;
/** A client whose batches of writes take long while such a step runs. */
const slowWrites: DynamoDBClientConfig = {
  extensions: [
    {
      configure: (config) => {
        const handler = config.httpHandler();
        const send = handler.handle.bind(handler);
        handler.handle = async (request, options) => {
          if (running > 0 && request.headers['x-amz-target']?.endsWith('.BatchWriteItem'))
            await sleep(SLOW_MS);
          return send(request, options);
        };
      },
    },
  ],
};

let stack: Stack;
beforeAll(async () => {
  // the embedded stack's own claims and slices
  stack = await startTestStack({
    countsSchools: false,
    dynamodb: slowWrites,
    overrides: { waits: SHORT_WAITS },
    wrapHandler:
      (name, run) =>
      async (...given) => {
        const counts = UNDER_CLAIM.includes(name);
        if (counts) running += 1;
        try {
          return await run(...given);
        } finally {
          if (counts) running -= 1;
        }
      },
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());

test('the embedded stack moves a tenant on a machine that takes 6 s for a batch, without losing a claim', async () => {
  const { ports } = stack;
  await addTenant(ports, { tenantId: 'patient', items: 60 });
  const request = { tenantId: 'patient', toTier: 'advanced', requestedBy: 'test', reason: 'test' };
  const { migrationId } = await requestMigration(ports, request);
  const migration = await ended(ports, migrationId);
  expect(migration).toMatchObject({ status: 'completed', attempt: 1 });
  expect(migration.failure).toBeUndefined();
});
