import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { RecordDamaged, Throttled, Unavailable } from '../migration/errors.ts';
import type { PublishedEvent } from '../migration/events/published-event.ts';
import type { Ports } from '../migration/ports.ts';
import { controlTables } from '../migration/settings/settings.ts';
import { EVENT } from './control-tables.ts';
import { PublishedEventRecord } from './event-record.ts';
import { numberIn, parseRecord } from './parsing.ts';
import { reportDamage } from './report-damage.ts';
import { handlerOf, type StepHandler } from './step.ts';

const StreamEvent = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      dynamodb: z.object({
        Keys: z.object({ migrationId: z.object({ S: z.string() }), part: z.object({ S: z.string() }) }),
        SequenceNumber: z.string(),
        NewImage: z.record(z.string(), z.custom<AttributeValue>()).optional(),
      }),
    }),
  ),
});

type PublishEvents = (ports: Ports, events: readonly PublishedEvent[]) => Promise<void>;

/** Makes a handler of the migrations table's stream that processes new events and ignores other changes. */
export const createEventHandler = (publish: PublishEvents): StepHandler =>
  handlerOf(async (ports, event) => {
    const ours = StreamEvent.parse(event).Records.filter(isEvent);
    const first = ours[0];
    if (!first) return { batchItemFailures: [] };
    try {
      await publish(
        ports,
        ours.flatMap((one) => eventsOf(ports, one)),
      );
    } catch (error) {
      if (!(error instanceof Throttled || error instanceof Unavailable)) throw error;
      ports.log.warn({ items: ours.length, error: error.name }, 'events were not published; trying again');
      return { batchItemFailures: [{ itemIdentifier: first.dynamodb.SequenceNumber }] };
    }
    return { batchItemFailures: [] };
  });

type StreamRecord = z.output<typeof StreamEvent>['Records'][number];

/** Parses an event. Returns none if its record is damaged: it stays in the table, and the other events are published. */
const eventsOf = (
  ports: Ports,
  { dynamodb: { Keys, NewImage = {} } }: StreamRecord,
): readonly PublishedEvent[] => {
  const place = {
    table: controlTables(ports.settings).migrations,
    key: `${Keys.migrationId.S}/${Keys.part.S}`,
  };
  try {
    return [parseRecord(PublishedEventRecord, place, unmarshall(NewImage, { wrapNumbers: numberIn }))];
  } catch (error) {
    if (!(error instanceof RecordDamaged)) throw error;
    reportDamage(ports, error);
    return [];
  }
};

const isEvent = ({ eventName, dynamodb }: StreamRecord): boolean =>
  eventName === 'INSERT' && dynamodb.Keys.part.S.startsWith(EVENT);
