import * as z from 'zod';
import { STREAM_HORIZON_MS } from '../../../../functions/migration/limits.ts';

/** How streams and the mappings that read them behave as on AWS. */
export const StreamsSettings = z
  .strictObject({
    /** Between two looks at a shard, in ms: "a base rate of 4 times per second". [Using AWS Lambda with DynamoDB] */
    pollMs: z.number().min(0).default(250),
    /**
     * Between two polls of a shard that has been quiet for seconds, in ms; absent for `pollMs`, as on AWS. A poll costs a
     * millisecond or two of a core: tests with a short `pollMs` poll rarely what nothing is written to.
     */
    quietPollMs: z.number().min(0).optional(),
    /** Longest time from a write until its record is handed over, in ms; each shard draws its own. AWS states no bound. */
    mostLatencyMs: z.number().min(0).default(4_000),
    /** How long a stream keeps a record, in ms. [Change data capture for DynamoDB Streams] */
    horizonMs: z.number().positive().default(STREAM_HORIZON_MS),
    /** How long a shard takes records until it ends and two shards follow it, in ms. AWS states no time. [Change data capture for DynamoDB Streams: shards split] */
    splitMs: z
      .number()
      .positive()
      .default(4 * 60 * 60_000),
    /** Shards to which splits lead, for each shard of the engine. */
    mostShards: z.number().int().positive().default(8),
    /** How long a mapping is `Creating`, in ms. [Lambda API reference, CreateEventSourceMapping] */
    mappingCreationMs: z.number().min(0).default(15_000),
    /** How long a mapping is `Updating`, `Enabling`, `Disabling` or `Deleting`, in ms. [Lambda API reference, UpdateEventSourceMapping] */
    mappingChangeMs: z.number().min(0).default(10_000),
    /**
     * How long a mapping that is `Enabled` has not begun to read yet, in ms: "it may take several minutes to start polling".
     * With `LATEST` what is written meanwhile is never read. [Using AWS Lambda with DynamoDB, Polling and batching streams]
     */
    firstRecordsMs: z.number().min(0).default(60_000),
  })
  .prefault({});
export type StreamsSettings = z.output<typeof StreamsSettings>;
