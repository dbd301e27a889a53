import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { listenOnLoopback } from '../../scripts/local/listen-on-loopback.ts';

const Request = z.object({
  Entries: z
    .array(
      z.object({
        EventBusName: z.string(),
        Source: z.string().min(1),
        DetailType: z.string().min(1).max(128),
        Detail: z.string().transform((text): unknown => JSON.parse(text)),
        Time: z.number(),
      }),
    )
    .min(1)
    // [EventBridge API reference, PutEvents]
    .max(10),
});
export type BusEvent = z.output<typeof Request>['Entries'][number];

/** Starts a server that implements EventBridge's PutEvents on a free port and keeps the accepted entries. */
export const startFakeEventBridge = async () => {
  const events: BusEvent[] = [];
  /** Positions of the entries to refuse, one list for each of the next requests. */
  const refusals: number[][] = [];
  const server = createServer(async (request, response) => {
    const parsed = Request.safeParse(await json(request));
    const isPut = request.headers['x-amz-target'] === 'AWSEvents.PutEvents';
    if (!isPut || !parsed.success) {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' });
      return response.end(JSON.stringify({ __type: 'ValidationException', message: parsed.error?.message }));
    }
    const refused = refusals.shift() ?? [];
    const Entries = parsed.data.Entries.map((entry, at) => {
      if (refused.includes(at)) return { ErrorCode: 'InternalFailure', ErrorMessage: 'planted' };
      events.push(entry);
      return { EventId: String(events.length) };
    });
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    return response.end(JSON.stringify({ Entries, FailedEntryCount: refused.length }));
  });
  return {
    ...(await listenOnLoopback(server)),
    events,
    forget() {
      events.length = 0;
      refusals.length = 0;
    },
    refuse: (...requests: number[][]) => refusals.push(...requests),
  };
};
