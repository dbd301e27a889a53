import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Throttled, Unavailable } from '../migration/errors.ts';
import type { Notice } from '../migration/notices/notice.ts';
import type { Ports } from '../migration/ports.ts';
import { EVENT } from './control-tables.ts';
import { parseNotice } from './event-record.ts';
import { handlerOf, type StageHandler } from './stage.ts';

const StreamEvent = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      dynamodb: z.object({
        Keys: z.object({ part: z.object({ S: z.string() }) }),
        SequenceNumber: z.string(),
        NewImage: z.record(z.string(), z.custom<AttributeValue>()).optional(),
      }),
    }),
  ),
});

type Take = (ports: Ports, notices: readonly Notice[]) => Promise<void>;

/** A handler of the migrations table's stream, for its events; whatever else changes there is passed over. */
export const statusChanges = (take: Take): StageHandler =>
  handlerOf(async (ports, event) => {
    const told = StreamEvent.parse(event).Records.filter(isEvent);
    const first = told[0];
    if (!first) return { batchItemFailures: [] };
    try {
      await take(
        ports,
        told.map(({ dynamodb }) => parseNotice(unmarshall(dynamodb.NewImage ?? {}))),
      );
    } catch (error) {
      if (!(error instanceof Throttled || error instanceof Unavailable)) throw error;
      ports.log.warn({ items: told.length, error: error.name }, 'changes not told');
      return { batchItemFailures: [{ itemIdentifier: first.dynamodb.SequenceNumber }] };
    }
    return { batchItemFailures: [] };
  });

const isEvent = ({ eventName, dynamodb }: z.output<typeof StreamEvent>['Records'][number]): boolean =>
  eventName === 'INSERT' && dynamodb.Keys.part.S.startsWith(EVENT);
