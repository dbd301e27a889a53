import {
  ExpiredIteratorException,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { StreamRecord, StreamsClient } from '../../scripts/local/streams/streams-client.ts';

interface FakeShard {
  readonly parent: string | undefined;
  readonly records: StreamRecord[];
  isClosed: boolean;
  /** Number of oldest records that have been deleted. */
  trimmed: number;
}
interface FakeStream {
  readonly shards: Map<string, FakeShard>;
  isOpen: boolean;
}

const $metadata = {};

/** DynamoDB Streams with shards that end, split and are trimmed, which no local engine offers. */
export class FakeStreams implements StreamsClient {
  readonly #streams = new Map<string, FakeStream>();
  #generation = 0;
  #sequence = 0;
  #failures = 0;
  /** Names of the shards that were read, in order. */
  readonly reads: string[] = [];
  /** Time of each record that is put from now on. */
  sizeBytes = 10;
  isClosed = false;

  /** @returns the stream's ARN. */
  addStream(table: string): string {
    const arn = `arn:aws:dynamodb:fake:000000000000:table/${table}/stream/2026-01-01T00:00:00.000`;
    this.#streams.set(arn, { shards: new Map(), isOpen: true });
    return arn;
  }

  addShard(arn: string, shardId: string, parent?: string): void {
    this.#stream(arn).shards.set(shardId, { parent, records: [], isClosed: false, trimmed: 0 });
  }

  put(arn: string, shardId: string, ...keys: readonly string[]): void {
    for (const key of keys) {
      this.#sequence += 1;
      this.#shard(arn, shardId).records.push({
        eventName: 'MODIFY',
        dynamodb: {
          Keys: { tenantId: { S: 't' }, entityKey: { S: key } },
          SequenceNumber: String(this.#sequence).padStart(21, '0'),
          SizeBytes: this.sizeBytes,
        },
      });
    }
  }

  closeShard(arn: string, shardId: string): void {
    this.#shard(arn, shardId).isClosed = true;
  }

  /** Deletes records, and the shard with the last of them if it is closed. */
  trim(arn: string, shardId: string, records: number): void {
    const shard = this.#shard(arn, shardId);
    shard.trimmed = records;
    if (shard.isClosed && records === shard.records.length) this.#stream(arn).shards.delete(shardId);
  }

  turnOff(arn: string): void {
    const stream = this.#stream(arn);
    stream.isOpen = false;
    for (const shard of stream.shards.values()) shard.isClosed = true;
  }

  dropStream(arn: string): void {
    this.#streams.delete(arn);
  }

  /** Makes the next reads time out. */
  failReads(times: number): void {
    this.#failures = times;
  }

  expireIterators(): void {
    this.#generation += 1;
  }

  async list() {
    return [...this.#streams.keys()];
  }

  async describe(arn: string) {
    const stream = this.#streams.get(arn);
    if (!stream) return undefined;
    const shards = [...stream.shards].map(([shardId, { parent }]) => ({
      shardId,
      ...(parent === undefined ? {} : { parent }),
    }));
    return { shards, isOpen: stream.isOpen };
  }

  async iterator(arn: string, shardId: string, after?: string) {
    const { records, trimmed } = this.#shard(arn, shardId);
    const at =
      after === undefined
        ? trimmed
        : records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === after) + 1;
    return JSON.stringify([arn, shardId, at, this.#generation]);
  }

  async latest(arn: string, shardId: string) {
    return JSON.stringify([arn, shardId, this.#shard(arn, shardId).records.length, this.#generation]);
  }

  async read(iterator: string, limit: number) {
    const [arn, shardId, at, generation]: [string, string, number, number] = JSON.parse(iterator);
    this.reads.push(shardId);
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new DOMException('planted', 'TimeoutError');
    }
    if (generation !== this.#generation) throw new ExpiredIteratorException({ message: 'old', $metadata });
    const { records, isClosed, trimmed } = this.#shard(arn, shardId);
    if (at < trimmed) throw new TrimmedDataAccessException({ message: 'gone', $metadata });
    const page = records.slice(at, at + limit);
    const next = at + page.length;
    const isEnd = isClosed && next === records.length;
    return { records: page, ...(isEnd ? {} : { next: JSON.stringify([arn, shardId, next, generation]) }) };
  }

  close() {
    this.isClosed = true;
  }

  #stream(arn: string): FakeStream {
    const stream = this.#streams.get(arn);
    if (!stream) throw new ResourceNotFoundException({ message: arn, $metadata });
    return stream;
  }

  #shard(arn: string, shardId: string): FakeShard {
    const shard = this.#stream(arn).shards.get(shardId);
    if (!shard) throw new ResourceNotFoundException({ message: shardId, $metadata });
    return shard;
  }
}
