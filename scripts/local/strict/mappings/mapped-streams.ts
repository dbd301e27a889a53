import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../../functions/migration/log-port.ts';
import type { LocalFunction } from '../../invoke.ts';
import { backoffMs, nameOf } from '../../streams/backoff.ts';
import { Checkpoints } from '../../streams/checkpoints.ts';
import type { FollowOptions } from '../../streams/follow-shard.ts';
import { followStream } from '../../streams/follow-stream.ts';
import { Gate } from '../../streams/gate.ts';
import { tableOf } from '../../streams/stream-event.ts';
import type { StreamsClient } from '../../streams/streams-client.ts';
import { WakeSignal } from '../../streams/wake-signal.ts';
import { fromLatest } from '../streams/from-latest.ts';
import { lateStreams } from '../streams/late-streams.ts';
import { splitStreams } from '../streams/split-streams.ts';
import type { StreamsSettings } from '../streams/streams-settings.ts';
import { trimmedStreams } from '../streams/trimmed-streams.ts';
import type { Mapping } from './event-source-mappings.ts';
import { mappedFunction } from './mapped-function.ts';

/** Maximum number of records that one call of GetRecords returns. [DynamoDB Streams API reference, GetRecords] */
const MAX_RECORDS = 1_000;
/** Time between two searches for new shards of a stream, in ms. */
const SHARDS_MS = 1_000;

export interface MappedStreams {
  /** Starts, continues or stops reading, according to the mapping's state. */
  follow(mapping: Mapping): void;
  /** Stops delivery, as if the functions were down. Current calls end normally. */
  pause(): void;
  resume(): void;
  /** Polls a table's stream within `pollMs`, because the table was written. */
  wake(table: string): void;
  /** Stops reading. Resolves once the current calls have ended. */
  stop(): Promise<void>;
}

interface Reader {
  readonly stopping: AbortController;
  readonly ended: Promise<void>;
}

/** Delivers the records of streams to the functions of their mappings, with delays as on AWS. */
export const followMappings = (given: {
  readonly client: StreamsClient;
  readonly settings: StreamsSettings;
  /** Returns the function with this name; undefined if there is none. */
  readonly functionOf: (name: string) => LocalFunction | undefined;
  readonly log: Log;
}): MappedStreams => {
  const { client: engine, settings, functionOf, log } = given;
  const client = lateStreams(trimmedStreams(splitStreams(engine, settings), settings.horizonMs), settings);
  const gate = new Gate();
  const readers = new Map<string, Reader>();
  const places = new Map<string, Promise<Checkpoints>>();
  const wakeSignals = new Map<string, WakeSignal>();
  const bellOf = (arn: string): WakeSignal => {
    const bell = wakeSignals.get(tableOf(arn)) ?? new WakeSignal(settings.pollMs);
    wakeSignals.set(tableOf(arn), bell);
    return bell;
  };

  const read = async (mapping: Mapping, before: Promise<void> | undefined, signal: AbortSignal) => {
    await before;
    const run = functionOf(mapping.settings.FunctionName);
    if (!run) return;
    const isFirst = !places.has(mapping.uuid);
    // a mapping with LATEST may start at the end of the stream again after each change [Using AWS Lambda with DynamoDB]
    const isLatest = mapping.settings.StartingPosition === 'LATEST';
    if (isFirst || isLatest) places.set(mapping.uuid, Checkpoints.open(undefined));
    const checkpoints = await places.get(mapping.uuid);
    if (!checkpoints) return;
    if (isFirst) await sleep(mapping.firstRecordsMs, undefined, { signal });
    const following: FollowOptions = {
      client: isLatest ? fromLatest(client) : client,
      run: mappedFunction(run, mapping, log),
      log,
      checkpoints,
      pace: {
        leastMs: settings.pollMs,
        mostMs: Math.max(settings.pollMs, settings.quietPollMs ?? settings.pollMs),
        pollMs: SHARDS_MS,
        shardsMs: SHARDS_MS,
      },
      gate,
      signal,
      mostRecords: Math.min(mapping.settings.BatchSize ?? MAX_RECORDS, MAX_RECORDS),
    };
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const { EventSourceArn } = mapping.settings;
        await followStream(following, EventSourceArn, bellOf(EventSourceArn));
        return;
      } catch (error) {
        if (signal.aborted) return;
        log.warn(
          { function: mapping.settings.FunctionName, error: nameOf(error) },
          'reading a stream failed; it is started again',
        );
        await sleep(backoffMs(failures), undefined, { signal });
      }
    }
  };

  return {
    follow(mapping) {
      const { uuid, state } = mapping;
      const before = readers.get(uuid);
      before?.stopping.abort();
      if (state === 'Deleting') places.delete(uuid);
      if (state !== 'Enabled') return;
      const stopping = new AbortController();
      const { signal } = stopping;
      const ended = read(mapping, before?.ended, signal).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ error: nameOf(error) }, 'reading a stream failed for good');
      });
      readers.set(uuid, { stopping, ended });
    },
    pause: () => gate.close(),
    resume: () => gate.open(),
    wake: (table) => wakeSignals.get(table)?.ring(),
    async stop() {
      for (const { stopping } of readers.values()) stopping.abort();
      await Promise.all([...readers.values()].map(({ ended }) => ended));
      client.close();
    },
  };
};
