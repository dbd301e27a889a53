import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const ShardCheckpoint = z.object({ after: z.string().optional(), ended: z.boolean().optional() });
const ShardCheckpoints = z.record(z.string(), z.record(z.string(), ShardCheckpoint));
type ShardCheckpoint = z.output<typeof ShardCheckpoint>;

/** The position in each shard of each stream up to which records were delivered. */
export class Checkpoints {
  readonly #file: string | undefined;
  readonly #streams: Map<string, Map<string, ShardCheckpoint>>;
  #isSaved = true;

  private constructor(file?: string, places: z.output<typeof ShardCheckpoints> = {}) {
    this.#file = file;
    this.#streams = new Map(
      Object.entries(places).map(([arn, shards]) => [arn, new Map(Object.entries(shards))]),
    );
  }

  /** Loads the positions of an earlier process. @param folder used by no other process; absent to keep nothing */
  static async open(folder: string | undefined): Promise<Checkpoints> {
    if (folder === undefined) return new Checkpoints();
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'checkpoints.json');
    const content = await readFile(file, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{}';
      throw error;
    });
    return new Checkpoints(file, ShardCheckpoints.parse(JSON.parse(content)));
  }

  after(arn: string, shardId: string): string | undefined {
    return this.#streams.get(arn)?.get(shardId)?.after;
  }

  hasEnded(arn: string, shardId: string): boolean {
    return this.#streams.get(arn)?.get(shardId)?.ended === true;
  }

  take(arn: string, shardId: string, sequence: string): void {
    this.#set(arn, shardId, { after: sequence });
  }

  end(arn: string, shardId: string): void {
    this.#set(arn, shardId, { ended: true });
  }

  /** Forgets the position: the shard is read again from its oldest record. */
  forget(arn: string, shardId: string): void {
    this.#set(arn, shardId, {});
  }

  /** Forgets all shards that the stream does not have any more. */
  keepShards(arn: string, shardIds: readonly string[]): void {
    const shards = this.#streams.get(arn);
    for (const shardId of shards?.keys() ?? []) {
      if (shardIds.includes(shardId)) continue;
      shards?.delete(shardId);
      this.#isSaved = false;
    }
  }

  /** Forgets all streams that do not exist any more. */
  keepStreams(arns: readonly string[]): void {
    for (const arn of this.#streams.keys()) {
      if (arns.includes(arn)) continue;
      this.#streams.delete(arn);
      this.#isSaved = false;
    }
  }

  /**
   * Writes the file atomically. After a crash, records delivered since the last save are delivered again, which does no
   * harm.
   */
  async save(): Promise<void> {
    if (this.#isSaved || this.#file === undefined) return;
    this.#isSaved = true;
    const places = Object.fromEntries(
      [...this.#streams].map(([arn, shards]) => [arn, Object.fromEntries(shards)]),
    );
    try {
      const draft = await open(`${this.#file}.new`, 'w');
      try {
        await draft.writeFile(JSON.stringify(places));
        await draft.sync();
      } finally {
        await draft.close();
      }
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#isSaved = false;
      throw error;
    }
  }

  #set(arn: string, shardId: string, place: ShardCheckpoint): void {
    const shards = this.#streams.get(arn) ?? new Map<string, ShardCheckpoint>();
    this.#streams.set(arn, shards);
    shards.set(shardId, place);
    this.#isSaved = false;
  }
}
