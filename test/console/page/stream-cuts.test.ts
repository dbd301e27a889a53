import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createClient } from '../../../functions/console/page/api/client.ts';
import {
  followStream,
  type LiveState,
  type PublishedEvent,
} from '../../../functions/console/page/live/follow-stream.ts';
import { startCuttableProxy } from '../../../scripts/bench/console/cuttable-proxy.ts';
import { serveConsole } from '../../../scripts/console/serve-console.ts';
import { until } from '../../support/until.ts';
import { recordsOf } from './fake-control.ts';
import { seededWorld } from './fake-world.ts';

const CUTS = 200;
/** Longest time from an open stream to its cut, in ms. It is random, so that a cut falls into any part of the stream. */
const LONGEST_MS = 15;

const ended = new AbortController();
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  ended.abort();
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** Serves the API over a migration in memory through a proxy, and follows its stream as the page does. */
const followed = async () => {
  const ports = await seededWorld();
  const served = await serveConsole({ ports, subject: { name: 'ana', role: 'viewer', verified: false } });
  stops.push(served.stop);
  const proxy = await startCuttableProxy(served.endpoint);
  stops.push(proxy.stop);
  const client = createClient({
    base: `${proxy.endpoint}/api/`,
    tokens: { token: async () => served.token, refuse: () => expect.fail('the token was refused') },
    fetch,
  });
  const copied = [...recordsOf(ports).values()].find(({ tenantId }) => tenantId === 'jasper-plains');
  if (!copied) throw new Error('the seeded world has no such migration');
  const { migrationId } = copied;
  const seen: PublishedEvent[] = [];
  const opened = { state: 'catchingUp' as LiveState, streams: 0 };
  void followStream(
    {
      open: async (lastEventId, signal) => {
        const response = await client.stream({}, lastEventId, signal);
        opened.streams += 1;
        return response;
      },
      sleep: () => sleep(1),
      random: Math.random,
    },
    {
      onState: (state) => {
        opened.state = state;
      },
      onEvent: (event) => {
        if (event.migrationId === migrationId) seen.push(event);
      },
      onMigration: () => undefined,
    },
    ended.signal,
  );
  let written = 0;
  const write = async () => {
    const migration = (await ports.migrations.get(migrationId)) ?? copied;
    written += 1;
    const step = { who: 'workflow, attempt 1', reason: `round ${written}`, at: ports.clock.now() };
    await ports.migrations.transition(migration, migration.status, step);
  };
  return { proxy, seen, opened, write, written: () => written };
};

test(`${CUTS} random cuts of the stream during a migration: no event is lost or doubled, and it is live again`, async () => {
  const { proxy, seen, opened, write, written } = await followed();
  await until('the first stream', () => opened.state === 'live');
  for (let cut = 0; cut < CUTS; cut += 1) {
    const before = opened.streams;
    await write();
    await sleep(Math.random() * LONGEST_MS);
    proxy.cut();
    await write();
    await until('another stream', () => opened.streams > before);
  }
  await until('the page to be live again', () => opened.state === 'live');
  await write();
  await until('the last event', () => seen.at(-1)?.reason === `round ${written()}`);
  expect(seen.map(({ reason }) => reason)).toEqual(
    Array.from({ length: 2 * CUTS + 1 }, (_, n) => `round ${n + 1}`),
  );
});
