import { describe, expect, test } from 'vitest';
import { HEARTBEAT_MS } from '../../../functions/console/api/live/frames.ts';
import { Throttled } from '../../../functions/migration/errors.ts';
import { API_STREAM_IDLE_MS } from '../../../functions/migration/limits.ts';
import type { Migration } from '../../../functions/migration/migration.ts';
import { type EpochMs, epochMs } from '../../../functions/migration/names.ts';
import type { FakePorts } from '../../support/fake-ports.ts';
import { consoleWorld, openMigration } from './console-world.ts';

interface Event {
  readonly event: string;
  readonly id?: string;
  readonly data: string;
}

const eventsIn = (text: string): Event[] =>
  text
    .split('\n\n')
    .filter((block) => block.includes('event: '))
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2))));

const comments = (text: string): number => text.split('\n').filter((line) => line === ': heartbeat').length;

/** Records an event of a migration without changing its status. */
const note = async (ports: FakePorts, { migrationId }: Migration, reason: string): Promise<void> => {
  const now = await ports.migrations.get(migrationId);
  if (!now) throw new Error('gone');
  await ports.migrations.transition(now, now.status, { who: 'ana', reason, at: ports.clock.now() });
};

/** Runs an action once the stream has polled this many times. */
const atPoll = (ports: FakePorts, polls: number, happen: () => Promise<void>): void => {
  const { sleep } = ports.clock;
  let left = polls;
  ports.clock.sleep = async (...given) => {
    left -= 1;
    if (left === 0) await happen();
    return sleep.apply(ports.clock, given);
  };
};

const reasonOf = ({ data }: Event): string => JSON.parse(data).reason;
const statusEvents = (text: string): Event[] => eventsIn(text).filter(({ event }) => event === 'status');

describe('the stream of events', () => {
  test('reports when it is live, sends each change once, and ends after 14 minutes', async () => {
    const { ports, call } = consoleWorld();
    const migration = await openMigration(ports);
    ports.clock.advance(1);
    const startedAt = ports.clock.now();
    atPoll(ports, 3, () => note(ports, migration, 'paused: later'));
    const { status, headers, text } = await call('/api/stream');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const events = eventsIn(text);
    expect(events.map(({ event }) => event)).toEqual(['live', 'status', 'end']);
    expect(reasonOf(events[1] as Event)).toBe('paused: later');
    expect(ports.clock.now() - startedAt).toBe(14 * 60_000);
  });

  test('interrupts each silence of 15 seconds', async () => {
    const { call } = consoleWorld();
    const { text } = await call('/api/stream');
    expect(comments(text)).toBe((14 * 60) / 15 - 1);
    expect(HEARTBEAT_MS, 'API Gateway closes a silent stream').toBeLessThan(API_STREAM_IDLE_MS);
  });

  test('continues after the last event that was seen, including one that became visible late', async () => {
    const { ports, call } = consoleWorld();
    const migration = await openMigration(ports);
    ports.clock.advance(5 * 60_000);
    await note(ports, migration, 'seen');
    const since = new Date(ports.clock.now()).toISOString();
    const first = statusEvents((await call(`/api/stream?since=${since}`)).text);
    expect(first.map(reasonOf)).toEqual(['seen']);
    const at = epochMs(Number(first[0]?.id?.split('~')[0]) - 1_000);
    const now = await ports.migrations.get(migration.migrationId);
    if (!now) throw new Error('gone');
    await ports.migrations.transition(now, now.status, { who: 'ana', reason: 'showed late', at });
    await note(ports, migration, 'new');
    const headers = { 'last-event-id': first[0]?.id ?? '' };
    const again = statusEvents((await call('/api/stream', { headers })).text);
    expect(again.map(reasonOf).filter((reason) => reason !== 'seen')).toEqual(['showed late', 'new']);
    const repeated = again.find((event) => reasonOf(event) === 'seen');
    expect(repeated?.id, 'the reader knows it again').toBe(first[0]?.id);
  });

  test('that had no event continues from its own start, and sends nothing from before it', async () => {
    const { ports, call } = consoleWorld();
    const migration = await openMigration(ports);
    await note(ports, migration, 'before the stream');
    ports.clock.advance(1);
    const startedAt = ports.clock.now();
    const live = async (id?: string) => {
      const { text } = await call(
        '/api/stream',
        id === undefined ? {} : { headers: { 'last-event-id': id } },
      );
      const events = eventsIn(text);
      return { seen: statusEvents(text).map(reasonOf), id: events.find(({ event }) => event === 'live')?.id };
    };
    const first = await live();
    expect(first).toEqual({ seen: [], id: `${startedAt}~live` });
    await note(ports, migration, 'while disconnected');
    ports.clock.advance(5 * 60_000);
    const again = ports.clock.now();
    const second = await live(first.id);
    expect(second).toEqual({ seen: ['while disconnected'], id: `${again - 60_000}~live` });
    expect((await live(second.id)).seen).toEqual([]);
  });

  test('of one tenant contains no events of another; that of one migration also contains its record', async () => {
    const { ports, call } = consoleWorld();
    const cedar = await openMigration(ports, { tenantId: 'cedar' as never });
    const oak = await openMigration(ports, { tenantId: 'oak' as never });
    ports.clock.advance(1);
    const since = new Date(ports.clock.now()).toISOString();
    for (const one of [cedar, oak]) await note(ports, one, `about ${one.tenantId}`);
    const ofTenant = statusEvents((await call(`/api/stream?tenant=oak&since=${since}`)).text);
    expect(ofTenant.map(reasonOf)).toEqual(['about oak']);
    const ofOne = eventsIn((await call(`/api/stream?migration=${cedar.migrationId}`)).text);
    const records = ofOne.filter(({ event }) => event === 'migration');
    expect(records.map(({ data }) => JSON.parse(data).migrationId)).toEqual([cedar.migrationId]);
  });

  test('continues after a temporarily failed poll', async () => {
    const { ports, call } = consoleWorld();
    const migration = await openMigration(ports);
    ports.clock.advance(1);
    const { eventsSince } = ports.migrations;
    let polls = 0;
    ports.migrations.eventsSince = (since: EpochMs) => {
      polls += 1;
      if (polls === 2) throw new Throttled('too fast');
      return eventsSince.call(ports.migrations, since);
    };
    atPoll(ports, 2, () => note(ports, migration, 'after the throttle'));
    expect(statusEvents((await call('/api/stream')).text).map(reasonOf)).toEqual(['after the throttle']);
  });

  test('ends without disclosing an unexpected error', async () => {
    const { ports, call } = consoleWorld();
    ports.migrations.eventsSince = () => {
      throw new TypeError('secret');
    };
    const { status, text } = await call('/api/stream');
    expect([status, text]).toEqual([200, '']);
  });

  test('ends when the reader disconnects, and stops polling', async () => {
    const { ports, app } = consoleWorld();
    let polls = 0;
    const { sleep } = ports.clock;
    const { promise: polled, resolve } = Promise.withResolvers<void>();
    ports.clock.sleep = async (...given) => {
      polls += 1;
      if (polls === 3) resolve();
      // lets the reader run between two polls
      await new Promise((next) => setImmediate(next));
      return sleep.apply(ports.clock, given);
    };
    const headers = { host: 'localhost', authorization: 'Bearer ana.viewer' };
    const response = await app.request('http://localhost/api/stream', { headers });
    await polled;
    await response.body?.cancel();
    const atEnd = polls;
    for (let n = 0; n < 10; n += 1) await new Promise((next) => setImmediate(next));
    expect(polls).toBeLessThanOrEqual(atEnd + 1);
  });

  test('serves 64 clients of one console, and another once one has ended', async () => {
    const { ports, app } = consoleWorld();
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
    const { sleep } = ports.clock;
    ports.clock.sleep = async (...given) => {
      await mayGoOn;
      return sleep.apply(ports.clock, given);
    };
    const headers = { host: 'localhost', authorization: 'Bearer ana.viewer' };
    const connect = () => app.request('http://localhost/api/stream', { headers });
    const streams = await Promise.all(Array.from({ length: 64 }, connect));
    expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
    const refused = await connect();
    expect(await refused.json()).toMatchObject({ status: 503, code: 'TooManyStreams' });
    goOn();
    await Promise.all(streams.map((stream) => stream.text()));
    expect((await connect()).status).toBe(200);
  });

  test.each(['nonsense', '~x', '12'])('an id that the stream has not issued is refused: %s', async (id) => {
    const { call } = consoleWorld();
    const { json } = await call('/api/stream', { headers: { 'last-event-id': id } });
    expect(json).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});
