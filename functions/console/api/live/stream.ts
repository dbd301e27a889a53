import { createRoute } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import { detailOf } from '../../../aws/event-detail.ts';
import * as part from '../../../documents/document-parts.ts';
import { epochMs } from '../../../migration/names.ts';
import type { Ports } from '../../../migration/ports.ts';
import type { App } from '../http/endpoint.ts';
import { ApiProblem, PROBLEM_JSON } from '../http/problem.ts';
import { type Frame, type StreamOptions, sinceEvent, streamFrames } from './frames.ts';

const DAY_MS = 24 * 60 * 60_000;
/** The events index is read a day at a time, so a stream goes back so many days at most. */
const MAX_DAYS = 7;

const Query = z.strictObject({
  tenant: z.string().optional().describe('Only events of this tenant.'),
  migration: z.string().optional().describe('Only events of this migration, and its record as it changes.'),
  since: z.iso
    .datetime()
    .optional()
    .describe(`Start time. Default: now; at most ${MAX_DAYS} days ago. Last-Event-ID takes precedence.`),
});

const DESCRIPTION = `Server-sent events. Read them by fetch, so that the token can be sent:
\`status\` is an event as described in docs/events, with an id for Last-Event-ID.
\`migration\` is the record of the requested migration, sent whenever it has changed.
\`live\` reports that everything up to now has been sent, with an id too. A comment follows after each 15 s of silence.
\`end\` comes after 14 minutes, or when the token expires: connect again.
After a reconnection, events of the minute before the last one may be repeated, with the same eventId. Role: viewer.`;

const route = createRoute({
  method: 'get',
  path: '/stream',
  operationId: 'streamEvents',
  summary: 'Streams events.',
  description: DESCRIPTION,
  security: [{ bearer: [] }],
  request: { query: Query, headers: z.object({ 'Last-Event-ID': z.string().optional() }) },
  responses: {
    200: { description: 'The stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
    default: {
      description: 'A problem (RFC 9457).',
      content: { [PROBLEM_JSON]: { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
});

/** Streams that one console serves at once: each polls the event index. */
const MAX_STREAMS = 64;

/** Adds the stream of events. */
export const addStream = (app: App, ports: Ports): void => {
  let open = 0;
  app.openAPIRegistry.registerPath(route);
  app.get(route.getRoutingPath(), (context) => {
    const { expiresAt } = context.get('subject');
    const watched = {
      ...watchedBy(ports, context.req.query(), context.req.header('last-event-id')),
      expiresAt,
    };
    if (open >= MAX_STREAMS)
      throw new ApiProblem(
        503,
        'TooManyStreams',
        `${MAX_STREAMS} streams are open. None was opened for this request. Poll with If-None-Match instead`,
      );
    open += 1;
    const ended = new AbortController();
    // tells proxies not to buffer
    context.header('x-accel-buffering', 'no');
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => ended.abort());
      try {
        for await (const frame of streamFrames(ports, watched, ended.signal)) {
          if (frame.kind === 'heartbeat') await stream.write(': heartbeat\n\n');
          else await stream.writeSSE(eventOf(frame, ports.settings.prefix));
        }
      } catch (error) {
        // the message may contain item keys
        ports.log.warn({ error: error instanceof Error ? error.name : typeof error }, 'a stream has failed');
      } finally {
        open -= 1;
      }
    });
  });
};

const watchedBy = (ports: Ports, given: unknown, lastEventId: string | undefined): StreamOptions => {
  const query = Query.safeParse(given);
  if (!query.success)
    throw new ApiProblem(400, 'InvalidRequest', 'the query of the stream is invalid', {
      issues: query.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    });
  const { tenant: tenantId, migration: migrationId, since } = query.data;
  const now = ports.clock.now();
  const from = lastEventId === undefined ? (since ? Date.parse(since) : now) : sinceEvent(lastEventId);
  if (from === undefined)
    throw new ApiProblem(
      400,
      'InvalidRequest',
      'Last-Event-ID is not an id of this stream. Connect without it',
    );
  return { since: epochMs(Math.max(from, now - MAX_DAYS * DAY_MS)), tenantId, migrationId };
};

const eventOf = (
  frame: Exclude<Frame, { kind: 'heartbeat' }>,
  deployment: string,
): { event: string; data: string; id?: string } => {
  const { kind: event } = frame;
  if (frame.kind === 'status')
    return { event, id: frame.id, data: JSON.stringify(detailOf(frame.event, deployment)) };
  if (frame.kind === 'migration')
    return { event, data: JSON.stringify(part.migration.parse(frame.migration)) };
  return { event, data: '{}', ...(frame.kind === 'live' ? { id: frame.id } : {}) };
};
