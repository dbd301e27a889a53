import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import type { Clock } from '../migration/clock-port.ts';
import { Unavailable } from '../migration/errors.ts';
import type { EventPublisher } from '../migration/events/events-port.ts';
import { PUT_EVENTS_ENTRIES } from '../migration/limits.ts';
import type { Settings } from '../migration/settings/settings.ts';
import { TIMEOUTS } from './client.ts';
import { translateError } from './errors.ts';
import { DETAIL_TYPE, detailOf, SOURCE } from './event-detail.ts';

const TRIES = 4;
const PAUSE_MS = 200;

/** Publishes nothing. Without a bus, events are only in the log and in the migrations table. */
export const NO_EVENT_BUS: EventPublisher = { publish: async () => undefined };

/**
 * Publishes events on an EventBridge bus, ten per request. A request may be accepted in part: rejected events are sent
 * again, before any later ones. [EventBridge user guide, Sending events with PutEvents: Handling failures]
 * @param bus name or ARN of the bus.
 */
export const eventsOn = (
  config: EventBridgeClientConfig,
  bus: string,
  { prefix }: Pick<Settings, 'prefix'>,
  clock: Clock,
): EventPublisher => {
  const client = new EventBridgeClient({ requestHandler: TIMEOUTS, ...config });
  const send = async (Entries: readonly Entry[]): Promise<PutEventsResultEntry[]> => {
    try {
      return (await client.send(new PutEventsCommand({ Entries: [...Entries] }))).Entries ?? [];
    } catch (error) {
      throw translateError(error);
    }
  };
  return {
    async publish(events) {
      let left = events.map((event) => ({
        EventBusName: bus,
        Source: SOURCE,
        DetailType: DETAIL_TYPE,
        Time: new Date(event.at),
        Detail: JSON.stringify(detailOf(event, prefix)),
      }));
      for (let tries = 1; left.length > 0; ) {
        const batch = left.slice(0, PUT_EVENTS_ENTRIES);
        const answers = await send(batch);
        const refused = batch.filter((_, at) => answers[at]?.EventId === undefined);
        left = [...refused, ...left.slice(PUT_EVENTS_ENTRIES)];
        tries = refused.length > 0 ? tries + 1 : 1;
        if (tries > TRIES)
          throw new Unavailable(`EventBridge rejected events after ${TRIES} tries: ${errorsText(answers)}`);
        if (refused.length > 0) await clock.sleep(PAUSE_MS * tries);
      }
    },
  };
};

type Entry = NonNullable<ConstructorParameters<typeof PutEventsCommand>[0]['Entries']>[number];

const errorsText = (answers: readonly PutEventsResultEntry[]): string =>
  [...new Set(answers.flatMap(({ ErrorCode }) => ErrorCode ?? []))].join(', ') || 'no answer';
