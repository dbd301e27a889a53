import * as z from 'zod';
import { STREAM_HORIZON_MS } from '../../../../functions/migration/limits.ts';

/** Settings of streams, and of the mappings that read them, in strict mode. */
export const StreamsSettings = z
  .strictObject({
    /** Time between two polls of a shard, in ms: "a base rate of 4 times per second". [Using AWS Lambda with DynamoDB] */
    pollMs: z.number().min(0).default(250),
    /**
     * Time between two polls of a shard that has had no records for seconds, in ms; absent for `pollMs`, as on AWS. A poll
     * costs a millisecond or two of CPU time, so tests with a short `pollMs` set this to poll idle shards rarely.
     */
    quietPollMs: z.number().min(0).optional(),
    /** Longest time from a write until its record is delivered, in ms; each shard draws its own. AWS states no bound. */
    mostLatencyMs: z.number().min(0).default(4_000),
    /** Time for which a stream keeps a record, in ms. [Change data capture for DynamoDB Streams] */
    horizonMs: z.number().positive().default(STREAM_HORIZON_MS),
    /**
     * Time after which a shard ends and two others follow it, in ms. AWS states no time. [Change data capture for DynamoDB
     * Streams: shards split]
     */
    splitMs: z
      .number()
      .positive()
      .default(4 * 60 * 60_000),
    /** Maximum number of open shards after splits, for each shard of the engine. */
    mostShards: z.number().int().positive().default(8),
    /** Time for which a mapping is `Creating`, in ms. [Lambda API reference, CreateEventSourceMapping] */
    mappingCreationMs: z.number().min(0).default(15_000),
    /**
     * Time for which a mapping is `Updating`, `Enabling`, `Disabling` or `Deleting`, in ms. [Lambda API reference,
     * UpdateEventSourceMapping]
     */
    mappingChangeMs: z.number().min(0).default(10_000),
    /**
     * Time from `Enabled` until a new mapping begins to read, in ms: "it may take several minutes to start polling". With
     * `LATEST`, records written in this time are never read. [Using AWS Lambda with DynamoDB, Polling and batching streams]
     */
    firstRecordsMs: z.number().min(0).default(60_000),
  })
  .prefault({});
export type StreamsSettings = z.output<typeof StreamsSettings>;
