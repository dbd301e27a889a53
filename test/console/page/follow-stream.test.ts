import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  followStream,
  type LiveState,
  type PublishedEvent,
} from '../../../functions/console/page/live/follow-stream.ts';

const event = (n: number): PublishedEvent => ({
  eventId: `mig-1/${n}`,
  ...{ migrationId: 'mig-1', tenantId: 'cedar', to: 'copying', by: 'ana', reason: `event ${n}` },
  ...{ dryRun: false, source: { table: 'basic' }, target: {} },
  at: new Date(n).toISOString(),
});
const frame = (event: string, data: unknown, id?: string): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;

const responseOf = (chunks: readonly string[], { breaks = false, stays = false } = {}): Response => {
  const left = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new Response(
    new ReadableStream({
      // an error of a stream discards queued chunks: it comes after the last chunk has been read
      pull: (controller) => {
        const chunk = left.shift();
        if (chunk) controller.enqueue(chunk);
        else if (breaks) controller.error(new TypeError('the connection was cut'));
        else if (!stays) controller.close();
      },
    }),
  );
};

/** Numbers of a seed, uniform in [0, 1). [mulberry32] */
const randomOf = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

interface FollowedStream {
  readonly seen: string[];
  readonly states: LiveState[];
  readonly lastEventIds: (string | undefined)[];
}

/** Follows a stream whose connections are given one after the other, until none is left. */
const follow = async (
  open: (n: number, lastEventId: string | undefined) => Response | Error | undefined,
): Promise<FollowedStream> => {
  const followed: FollowedStream = { seen: [], states: [], lastEventIds: [] };
  const ended = new AbortController();
  let n = 0;
  await followStream(
    {
      open: async (lastEventId) => {
        followed.lastEventIds.push(lastEventId);
        const opened = open(n, lastEventId);
        n += 1;
        if (opened instanceof Response) return opened;
        if (opened === undefined) ended.abort();
        throw opened ?? new Error('over');
      },
      sleep: async () => {},
      random: () => 0.5,
    },
    {
      onState: (state) => followed.states.push(state),
      onEvent: ({ reason }) => followed.seen.push(reason),
      onMigration: ({ migrationId }) => followed.seen.push(migrationId),
    },
    ended.signal,
  );
  return followed;
};

describe('the stream of events', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is live once everything up to now has been sent, and reports each event', async () => {
    const first = [
      frame('status', event(1), 'a'),
      frame('live', {}),
      frame('migration', { migrationId: 'mig-1' }),
    ];
    const { seen, states } = await follow((n) => (n === 0 ? responseOf(first) : undefined));
    expect(seen).toEqual(['event 1', 'mig-1']);
    expect(states).toEqual(['catchingUp', 'live', 'disconnected']);
  });

  test('continues after the last event when it breaks, and at once when the server has ended it', async () => {
    const { seen, states, lastEventIds } = await follow((n) => {
      if (n === 0) return responseOf([frame('live', {}), frame('status', event(1), 'a')], { breaks: true });
      if (n === 1) return new TypeError('no network');
      if (n === 2)
        return responseOf([frame('status', event(1), 'a'), frame('status', event(2), 'b'), frame('end', {})]);
      return undefined;
    });
    expect(lastEventIds).toEqual([undefined, 'a', 'a', 'b']);
    expect(seen).toEqual(['event 1', 'event 2']);
    expect(states).toEqual(['catchingUp', 'live', 'disconnected', 'disconnected', 'catchingUp']);
  });

  test('continues after the moment at which it was live if it breaks before any event', async () => {
    const { seen, lastEventIds } = await follow((n) => {
      if (n === 0) return responseOf([frame('live', {}, '7~live')], { breaks: true });
      if (n === 1) return responseOf([frame('status', event(8), '8~x'), frame('live', {}, '9~live')]);
      return undefined;
    });
    expect(lastEventIds).toEqual([undefined, '7~live', '9~live']);
    expect(seen).toEqual(['event 8']);
  });

  test('a frame that arrives in pieces is one frame', async () => {
    const whole = `${frame('status', event(1), 'a')}: heartbeat\n\n${frame('live', {})}`;
    const pieces = [...whole].map((character) => character);
    const { seen, states } = await follow((n) => (n === 0 ? responseOf(pieces) : undefined));
    expect(seen).toEqual(['event 1']);
    expect(states).toContain('live');
  });

  test('200 random cuts: no event is lost and none is reported twice', async () => {
    const seed = Math.trunc(Math.random() * 2 ** 31);
    const random = randomOf(seed);
    const all = Array.from({ length: 400 }, (_, n) => event(n));
    const MINUTE = 30;
    let cuts = 0;
    const { seen } = await follow((_, lastEventId) => {
      if (seen200(cuts)) return undefined;
      // the server repeats the minute before the last event
      const from = lastEventId === undefined ? 0 : Math.max(0, Number(lastEventId) - MINUTE);
      const text = all
        .slice(from)
        .map((one, n) => frame('status', one, String(from + n)))
        .join('');
      cuts += 1;
      if (seen200(cuts)) return responseOf([text, frame('live', {})]);
      // a cut may be in the middle of a frame
      const sent = text.slice(0, Math.trunc(random() * Math.min(text.length, 12_000)));
      return responseOf([sent], { breaks: random() < 0.5 });
    });
    expect(seen, `seed ${seed}`).toEqual(all.map(({ reason }) => reason));
  });
  const seen200 = (cuts: number) => cuts > 200;

  test('a connection that is silent for longer than the heartbeat is given up', async () => {
    vi.useFakeTimers();
    let opened = 0;
    const ended = new AbortController();
    const states: LiveState[] = [];
    const following = followStream(
      {
        open: async () => {
          opened += 1;
          return responseOf([frame('live', {})], { stays: true });
        },
        sleep: async () => {},
        random: () => 0,
      },
      { onState: (state) => states.push(state), onEvent: () => {}, onMigration: () => {} },
      ended.signal,
    );
    await vi.advanceTimersByTimeAsync(15_000);
    expect([opened, states.at(-1)]).toEqual([1, 'live']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(states).toContain('disconnected');
    expect(opened).toBe(2);
    ended.abort();
    vi.useRealTimers();
    await following;
  });
});
