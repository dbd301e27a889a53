import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Migration } from '../../functions/migration/migration.ts';
import { requestMigration } from '../../functions/migration/triggers/request-migration.ts';
import { retryMigration } from '../../functions/migration/triggers/retry-migration.ts';
import { createTierTables, type Stack, startStack } from '../../scripts/local/stack.ts';
import { addTenant, controlState, ended, itemsOf } from '../support/tenants.ts';

class Planted extends Error {
  override readonly name = 'Planted';
}

/** Which state fails, when, and for which migration; and what ran. */
const plant: { state?: string; when?: 'before' | 'after' } = {};
const ran = new Set<string>();

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    settings: { pageItems: 40, leaseMs: 0, holdMs: 0, claimMs: 500 },
    wrapHandler: (name, handler) =>
      Object.assign(handler, {
        run: async (...args: Parameters<typeof handler.run>) => {
          ran.add(name);
          if (plant.state === name && plant.when === 'before') throw new Planted(`before ${name}`);
          const result = await original.get(name)?.(...args);
          if (plant.state === name && plant.when === 'after') throw new Planted(`after ${name}`);
          return result ?? null;
        },
      }),
  });
  await createTierTables(stack);
});
afterAll(() => stack.stop());
const original = new Map<string, Stack['handlers'] extends ReadonlyMap<string, infer H> ? (H extends { run: infer R } ? R : never) : never>();

const taskStates = (file: string): string[] =>
  [...readFileSync(new URL(`../../state-machines/${file}`, import.meta.url), 'utf8').matchAll(/"Resource": "\$\{(\w+)\}"/g)].map((match) => String(match[1]));
const states = taskStates('tier-migration.asl.json');
