import { createParser } from 'eventsource-parser';
import type { Migration } from '../api/schema.ts';

export type Status = Migration['status'];

/** A status change or finding, as the stream delivers it. */
export interface PublishedEvent {
  readonly eventId: string;
  readonly migrationId: string;
  readonly tenantId: string;
  readonly dryRun: boolean;
  readonly source: { readonly table: string };
  /** Without a table until the migration has reserved one. */
  readonly target: { readonly table?: string };
  readonly from?: Status;
  readonly to: Status;
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

/**
 * State of the page. `live`: changes arrive as they happen. `catchingUp`: connected, and earlier changes are arriving.
 * `disconnected`: the page polls every two seconds.
 */
export type LiveState = 'catchingUp' | 'live' | 'disconnected';

export interface StreamPorts {
  /** Opens the stream, after an event if one is given. @throws if the server refuses or does not answer. */
  open(lastEventId: string | undefined, signal: AbortSignal): Promise<Response>;
  /** Waits; returns early once the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Uniform in [0, 1). */
  random(): number;
}

export interface StreamHandlers {
  onState(state: LiveState): void;
  onEvent(event: PublishedEvent): void;
  onMigration(migration: Migration): void;
}

/** Time in ms. The server interrupts each silence after 15 s, so a longer silence means a lost connection. */
const SILENCE_MS = 20_000;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 10_000;
/** Number of notices that are remembered, because the server repeats those of the last minute. */
const MAX_REMEMBERED = 10_000;

/**
 * Follows the stream of events until the signal aborts. It connects again when the stream ends or breaks, and continues
 * after the last event, or after the moment at which it was live, so that each notice is handled once.
 */
export const followStream = async (
  ports: StreamPorts,
  handlers: StreamHandlers,
  signal: AbortSignal,
): Promise<void> => {
  const seen = new Set<string>();
  let lastEventId: string | undefined;
  let failures = 0;
  const take = (event: string, data: string, id: string | undefined): 'end' | undefined => {
    if (event === 'end') return 'end';
    lastEventId = id ?? lastEventId;
    if (event === 'live') {
      failures = 0;
      handlers.onState('live');
    } else if (event === 'migration') handlers.onMigration(JSON.parse(data));
    else if (event === 'status') {
      const event: PublishedEvent = JSON.parse(data);
      if (seen.has(event.eventId)) return undefined;
      seen.add(event.eventId);
      for (const oldest of seen) if (seen.size > MAX_REMEMBERED) seen.delete(oldest);
      handlers.onEvent(event);
    }
    return undefined;
  };
  while (!signal.aborted) {
    const isOver = await readOnce(
      (ended) => ports.open(lastEventId, ended),
      () => handlers.onState('catchingUp'),
      take,
      signal,
    ).catch(() => false);
    if (signal.aborted) return;
    if (isOver) continue;
    handlers.onState('disconnected');
    const longest = Math.min(FIRST_WAIT_MS * 2 ** failures, MAX_WAIT_MS);
    failures += 1;
    // many pages must not reconnect at the same moment
    await ports.sleep(longest * (0.5 + ports.random() / 2), signal);
  }
};

/** Reads one connection. @returns true if the server has ended it in order. @throws if it breaks. */
const readOnce = async (
  open: (signal: AbortSignal) => Promise<Response>,
  onOpen: () => void,
  take: (event: string, data: string, id: string | undefined) => 'end' | undefined,
  signal: AbortSignal,
): Promise<boolean> => {
  const ended = new AbortController();
  const abort = () => ended.abort();
  signal.addEventListener('abort', abort, { once: true });
  let silence = setTimeout(abort, SILENCE_MS);
  try {
    const { body } = await open(ended.signal);
    if (!body) return false;
    onOpen();
    let isOver = false;
    const parser = createParser({
      onEvent: ({ event = 'message', data, id }) => {
        if (take(event, data, id) === 'end') isOver = true;
      },
    });
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    ended.signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), { once: true });
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return isOver;
      clearTimeout(silence);
      silence = setTimeout(abort, SILENCE_MS);
      parser.feed(value);
      if (isOver) return true;
    }
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', abort);
    abort();
  }
};
