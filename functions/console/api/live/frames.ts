import { Throttled, Unavailable } from '../../../migration/errors.ts';
import { eventPoller, LATE_MS } from '../../../migration/events/poll-events.ts';
import type { PublishedEvent } from '../../../migration/events/published-event.ts';
import { API_STREAM_MS, LAMBDA_SECONDS } from '../../../migration/limits.ts';
import type { Migration } from '../../../migration/migration.ts';
import { type EpochMs, epochMs, type MigrationId } from '../../../migration/names.ts';
import type { Ports } from '../../../migration/ports.ts';

/** Between two polls, in ms: a change is on the screen within a second. */
const POLL_MS = 500;
/** Longest silence, in ms. A reader that gets nothing for longer is disconnected. */
export const HEARTBEAT_MS = 15_000;
/** Life of a stream, in ms: shorter than a function on Lambda, and than a response of API Gateway, may last. */
const STREAM_MS = Math.min(LAMBDA_SECONDS * 1_000, API_STREAM_MS) - 60_000;

/** A part of a stream. */
export type Frame =
  /** An event; a reader that reconnects continues after `id`. */
  | { readonly kind: 'status'; readonly id: string; readonly event: PublishedEvent }
  /** The record of the migration that is watched, as it is now. */
  | { readonly kind: 'migration'; readonly migration: Migration }
  /** Everything up to now has been sent; a reader that reconnects continues after `id`, even if it has seen no event. */
  | { readonly kind: 'live'; readonly id: string }
  | { readonly kind: 'heartbeat' }
  /** The stream has reached its age, or the token its end: connect again. */
  | { readonly kind: 'end' };

/** The events that a stream contains, and its end. */
export interface StreamOptions {
  readonly since: EpochMs;
  readonly tenantId?: string | undefined;
  readonly migrationId?: string | undefined;
  /** End of the life of the reader's token, at which the stream ends; absent if the token does not expire. */
  readonly expiresAt?: EpochMs | undefined;
}

/**
 * Returns the frames of a stream until it has reached its age or the signal aborts. A read that fails for now is repeated
 * with the next poll.
 */
export async function* streamFrames(
  ports: Ports,
  { since, tenantId, migrationId, expiresAt }: StreamOptions,
  signal: AbortSignal,
): AsyncGenerator<Frame, void> {
  const { clock } = ports;
  const lifeMs = expiresAt === undefined ? STREAM_MS : Math.min(STREAM_MS, expiresAt - clock.now());
  const endsAt = clock.monotonic() + lifeMs;
  const poll = eventPoller(ports, since);
  const isWatched = (event: PublishedEvent) =>
    (tenantId ?? event.tenantId) === event.tenantId &&
    (migrationId ?? event.migrationId) === event.migrationId;
  let sentAt = clock.monotonic();
  let isLive = false;
  let updatedAt: EpochMs | undefined;
  while (clock.monotonic() < endsAt && !signal.aborted) {
    const polledAt = clock.now();
    try {
      for await (const event of poll()) {
        if (!isWatched(event)) continue;
        sentAt = clock.monotonic();
        yield { kind: 'status', id: eventId(event), event };
      }
      const migration =
        migrationId === undefined ? undefined : await ports.migrations.get(migrationId as MigrationId);
      if (migration && migration.updatedAt !== updatedAt) {
        updatedAt = migration.updatedAt;
        sentAt = clock.monotonic();
        yield { kind: 'migration', migration };
      }
      if (!isLive) yield { kind: 'live', id: liveId(since, polledAt) };
      isLive = true;
    } catch (error) {
      if (!(error instanceof Throttled || error instanceof Unavailable)) throw error;
      ports.log.warn({ error: error.name }, 'a poll of the event stream failed');
    }
    if (clock.monotonic() - sentAt >= HEARTBEAT_MS) {
      sentAt = clock.monotonic();
      yield { kind: 'heartbeat' };
    }
    await clock.sleep(POLL_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  if (!signal.aborted) yield { kind: 'end' };
}

/** The time of an event orders it; its id distinguishes events of the same ms. */
const eventId = ({ at, eventId }: PublishedEvent): string => `${at}~${eventId}`;

const LIVE = 'live';
/** The time from which the next poll reads. A stream never reads from before its start. */
const liveId = (since: EpochMs, polledAt: EpochMs): string =>
  `${Math.max(since, polledAt - LATE_MS)}~${LIVE}`;

/**
 * Returns the time from which a reader that has seen the event or the live stream with this id needs events. An event may
 * appear a minute late, so those of the minute before are sent again; a reader recognises them by their `eventId`.
 * @returns undefined if it is no id of this API.
 */
export const sinceEvent = (id: string): EpochMs | undefined => {
  const [, at, name] = /^(\d{1,15})~(.*)$/s.exec(id) ?? [];
  if (at === undefined) return undefined;
  return epochMs(name === LIVE ? Number(at) : Math.max(0, Number(at) - LATE_MS));
};
