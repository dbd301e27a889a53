import type { Clock } from '../migration/clock-port.ts';
import type { EventLog } from '../migration/events/event-log-port.ts';
import { MigrationEvent } from '../migration/migration.ts';
import { epochMs } from '../migration/names.ts';
import { BY_DAY, EVENT } from './control-tables.ts';
import { dayOf, eventPart, PublishedEventRecord } from './event-record.ts';
import { partLocation } from './migration-parts.ts';
import type { Records } from './records.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Reads `EVENT#time` of migrations. */
export const eventLogIn = (records: Records, table: string, clock: Clock): EventLog => ({
  async events(migrationId) {
    const input = {
      TableName: table,
      KeyConditionExpression: 'migrationId = :m AND begins_with(part, :event)',
      ExpressionAttributeValues: { ':m': migrationId, ':event': EVENT },
      ConsistentRead: true,
    };
    const events: MigrationEvent[] = [];
    for await (const found of records.query(input)) {
      const event = records.parseListed(MigrationEvent, partLocation(table, migrationId, found.part), found);
      if (event) events.push(event);
    }
    return events;
  },

  async *eventsSince(since) {
    const end = dayOf(clock.now());
    for (let day = since; dayOf(day) <= end; day = epochMs(day + DAY_MS)) {
      const input = {
        TableName: table,
        IndexName: BY_DAY,
        KeyConditionExpression: '#day = :day AND part >= :since',
        ExpressionAttributeNames: { '#day': 'day' },
        ExpressionAttributeValues: { ':day': dayOf(day), ':since': eventPart(since) },
      };
      for await (const found of records.query(input)) {
        const place = partLocation(table, found.migrationId, found.part);
        const event = records.parseListed(PublishedEventRecord, place, found);
        if (event) yield event;
      }
    }
  },
});
