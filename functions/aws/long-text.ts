import { createHash } from 'node:crypto';
import * as z from 'zod';
import { BATCH_WRITE_ITEMS } from '../migration/limits.ts';
import type { MigrationId } from '../migration/names.ts';
import type { Records } from './records.ts';

/** Maximum number of characters in one record, at a byte each; an item holds 400 KB. [Service quotas in DynamoDB, Items] */
const CHUNK = 300 * 1024;

const FirstChunk = z.object({ text: z.string(), chunks: z.number(), version: z.string() });
const Chunk = z.object({ text: z.string() });

/**
 * Texts that may be longer than an item, e.g. a report with a thousand keys. The first chunk is in the record itself, the
 * others beside it as `part#version#n`. The first chunk is written last and names its version, so a reader finds one whole
 * text, the old or the new one, even while another is being saved. Chunks of older versions stay: a reader may need them.
 */
export class LongTexts {
  readonly #records: Records;
  readonly #table: string;

  constructor(records: Records, table: string) {
    this.#records = records;
    this.#table = table;
  }

  /** Saves a text. @param text in ASCII, so that a character is a byte */
  async save(migrationId: MigrationId, part: string, text: string): Promise<void> {
    const chunks = Math.max(1, Math.ceil(text.length / CHUNK));
    const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
    const putChunk = (at: string, chunk: number, more: object) =>
      this.#records.put({
        TableName: this.#table,
        Item: { migrationId, part: at, text: text.slice(chunk * CHUNK, (chunk + 1) * CHUNK), ...more },
      });
    for (let chunk = 1; chunk < chunks; chunk += 1) await putChunk(`${part}#${version}#${chunk}`, chunk, {});
    await putChunk(part, 0, { chunks, version });
  }

  /**
   * Deletes the texts whose part begins with a prefix, in all versions. It deletes one batch at a time, since all records of a
   * migration are in one partition. If the step dies, its next run deletes the rest.
   */
  async forget(migrationId: MigrationId, prefix: string): Promise<void> {
    const found = this.#records.query({
      TableName: this.#table,
      KeyConditionExpression: 'migrationId = :m AND begins_with(part, :prefix)',
      ExpressionAttributeValues: { ':m': migrationId, ':prefix': prefix },
      ProjectionExpression: 'part',
      ConsistentRead: true,
    });
    let batch: { readonly delete: { readonly migrationId: MigrationId; readonly part: string } }[] = [];
    for await (const { part } of found) {
      batch.push({ delete: { migrationId, part: String(part) } });
      if (batch.length < BATCH_WRITE_ITEMS) continue;
      await this.#records.writeMany(this.#table, batch);
      batch = [];
    }
    await this.#records.writeMany(this.#table, batch);
  }

  async load(migrationId: MigrationId, part: string): Promise<string | undefined> {
    const head = await this.#records.get(this.#table, { migrationId, part });
    if (!head) return undefined;
    const place = (at: string) => ({ table: this.#table, key: `${migrationId}/${at}` });
    const { text, chunks, version } = this.#records.parse(FirstChunk, place(part), head);
    const texts = [text];
    for (let chunk = 1; chunk < chunks; chunk += 1) {
      const at = `${part}#${version}#${chunk}`;
      const rest = await this.#records.get(this.#table, { migrationId, part: at });
      texts.push(this.#records.parse(Chunk, place(at), rest).text);
    }
    return texts.join('');
  }
}
