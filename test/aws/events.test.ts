import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { DETAIL_TYPE, EventDetail, SOURCE } from '../../functions/aws/event-detail.ts';
import { eventsOn } from '../../functions/aws/events.ts';
import { MoveRequest, REQUEST_DETAIL_TYPE } from '../../functions/aws/move-request.ts';
import { Unavailable } from '../../functions/migration/errors.ts';
import type { PublishedEvent } from '../../functions/migration/events/published-event.ts';
import { MigrationEvent } from '../../functions/migration/migration.ts';
import { epochMs } from '../../functions/migration/names.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startFakeEventBridge } from '../support/fake-event-bridge.ts';
import { aMigration, newTableName } from '../support/records.ts';

let bus: Awaited<ReturnType<typeof startFakeEventBridge>>;
beforeAll(async () => {
  bus = await startFakeEventBridge();
});
afterAll(() => bus.stop());
beforeEach(() => {
  bus.forget();
});

const event = (n: number): PublishedEvent => {
  const { migrationId, tenantId, attempt, dryRun, source, target } = aMigration();
  const event = {
    at: epochMs(Date.UTC(2026, 0, 2) + n),
    who: 'ana',
    to: 'queued' as const,
    reason: 'to see',
  };
  return { eventId: String(n), migrationId, tenantId, attempt, dryRun, source, target, ...event };
};
const many = Array.from({ length: 23 }, (_, n) => event(n));
const publish = (events: readonly PublishedEvent[]) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const config = { endpoint: bus.endpoint, region: 'us-east-1', credentials };
  return eventsOn(config, 'school-events', { prefix: 'saas' }, new FakeClock()).publish(events);
};
const publishedIds = () => bus.events.map(({ Detail }) => EventDetail.parse(Detail).eventId);
const ids = (events: readonly PublishedEvent[]) => events.map(({ eventId }) => eventId);

test("a flip's event names the table that is live since, and no other event has the field", async () => {
  const flippedTo = newTableName();
  await publish([event(1), { ...event(2), flippedTo }]);
  expect(bus.events.map(({ Detail }) => EventDetail.parse(Detail).flippedTo)).toEqual([undefined, flippedTo]);
  const { at, who, to, reason } = event(2);
  expect(MigrationEvent.parse({ at, who, to, reason, flippedTo })).toMatchObject({ flippedTo });
});

test('every event is published on the bus, in order, with its content and time', async () => {
  await publish(many);
  expect(publishedIds()).toEqual(ids(many));
  const [first] = many;
  expect(bus.events[0]).toEqual({
    EventBusName: 'school-events',
    Source: SOURCE,
    DetailType: DETAIL_TYPE,
    Time: Date.UTC(2026, 0, 2) / 1_000,
    Detail: {
      version: 1,
      eventId: '0',
      deployment: 'saas',
      migrationId: first?.migrationId,
      tenantId: first?.tenantId,
      attempt: 1,
      dryRun: false,
      source: first?.source,
      target: first?.target,
      to: 'queued',
      at: '2026-01-02T00:00:00.000Z',
      by: 'ana',
      reason: 'to see',
    },
  });
});

test('an event about an error has its code and the next action as data', async () => {
  const failure = { error: 'ForeignWrite', next: { action: 'report', migrationId: 'mig-1' } } as const;
  await publish([{ ...event(1), failure }]);
  expect(bus.events[0]?.Detail).toMatchObject({ failure });
});

test('a recorded event with a next action of another version stays readable', () => {
  const failure = { error: 'ForeignWrite', next: { action: 'paint', colour: 'red' } };
  const recorded = { at: 1, who: 'workflow', to: 'rollingBack', reason: 'a step failed', failure };
  expect(MigrationEvent.parse(recorded).failure).toEqual({ error: 'ForeignWrite' });
});

test('docs/events names the source and the detail types', () => {
  const page = readFileSync(new URL('../../docs/events/README.md', import.meta.url), 'utf8');
  expect([SOURCE, DETAIL_TYPE, REQUEST_DETAIL_TYPE].filter((name) => !page.includes(name))).toEqual([]);
  expect(page).toContain(`"detail-type": ["${DETAIL_TYPE}"]`);
});

test('rejected entries are sent again, and no event is lost or published twice', async () => {
  bus.refuse([3, 9], [0], [], []);
  await publish(many);
  expect(publishedIds().sort()).toEqual(ids(many).sort());
});

test('a bus that keeps rejecting is unavailable', async () => {
  bus.refuse([0], [0], [0], [0]);
  const publishing = publish(many.slice(0, 1));
  await expect(publishing).rejects.toThrow(Unavailable);
  await expect(publishing).rejects.toThrow('InternalFailure');
  expect(publishedIds()).toEqual([]);
});

test.each([
  { name: 'migration-status-change', title: DETAIL_TYPE, detail: EventDetail },
  { name: 'move-request', title: REQUEST_DETAIL_TYPE, detail: MoveRequest },
])('the JSON Schema of $name in docs/events matches the details', async ({ name, title, detail }) => {
  const file = new URL(`../../docs/events/${name}.v1.schema.json`, import.meta.url);
  const schema = { ...z.toJSONSchema(detail, { io: 'input' }), title };
  await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(file.pathname);
});
