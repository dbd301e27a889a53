import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { Unavailable } from '../migration/errors.ts';
import { PUT_EVENTS_ENTRIES } from '../migration/limits.ts';
import type { Clock, Notices } from '../migration/ports.ts';
import type { Settings } from '../migration/settings.ts';
import { TIME_OUTS } from './client.ts';
import { translate } from './errors.ts';
import { DETAIL_TYPE, detailOf, SOURCE } from './notice-detail.ts';

const TRIES = 4;
const PAUSE_MS = 200;

/** Publishes nothing. Without a bus, events are only in the log and in the migrations table. */
export const NO_BUS: Notices = { publish: async () => undefined };

/**
 * Publishes events on an EventBridge bus, ten per request. A request may be accepted in part: rejected events are sent
 * again, before any later ones. [EventBridge user guide, Sending events with PutEvents: Handling failures]
 * @param bus name or ARN of the bus.
 */
export const noticesOn = (
  config: EventBridgeClientConfig,
  bus: string,
  { prefix }: Pick<Settings, 'prefix'>,
  clock: Clock,
): Notices => {
  const client = new EventBridgeClient({ requestHandler: TIME_OUTS, ...config });
  const send = async (Entries: readonly Entry[]): Promise<PutEventsResultEntry[]> => {
    try {
      return (await client.send(new PutEventsCommand({ Entries: [...Entries] }))).Entries ?? [];
    } catch (error) {
      throw translate(error);
    }
  };
  return {
    async publish(notices) {
      let left = notices.map((notice) => ({
        EventBusName: bus,
        Source: SOURCE,
        DetailType: DETAIL_TYPE,
        Time: new Date(notice.at),
        Detail: JSON.stringify(detailOf(notice, prefix)),
      }));
      for (let tries = 1; left.length > 0; ) {
        const some = left.slice(0, PUT_EVENTS_ENTRIES);
        const answers = await send(some);
        const refused = some.filter((_, at) => answers[at]?.EventId === undefined);
        left = [...refused, ...left.slice(PUT_EVENTS_ENTRIES)];
        tries = refused.length > 0 ? tries + 1 : 1;
        if (tries > TRIES)
          throw new Unavailable(`EventBridge rejected events after ${TRIES} tries: ${wordsOf(answers)}`);
        if (refused.length > 0) await clock.sleep(PAUSE_MS * tries);
      }
    },
  };
};

type Entry = NonNullable<ConstructorParameters<typeof PutEventsCommand>[0]['Entries']>[number];

const wordsOf = (answers: readonly PutEventsResultEntry[]): string =>
  [...new Set(answers.flatMap(({ ErrorCode }) => ErrorCode ?? []))].join(', ') || 'no answer';
