import { createHash } from 'node:crypto';
import * as z from 'zod';
import { BATCH_WRITE_ITEMS } from '../migration/limits.ts';
import type { MigrationId } from '../migration/names.ts';
import type { Records } from './records.ts';

/** Characters in one record, a byte each; an item holds 400 KB. [Service quotas in DynamoDB, Items] */
const CHUNK = 300 * 1024;

const Head = z.object({ text: z.string(), chunks: z.number(), version: z.string() });
const Rest = z.object({ text: z.string() });

/**
 * Texts that may be longer than an item, e.g. a report with a thousand keys: the first part in the record that is asked
 * for, the others beside it as `part#version#n`. The first is written last and names its version, so a reader finds one
 * whole text, the old or the new, also while another is being saved. Parts of an older version stay: a reader may be at them.
 */
export class LongTexts {
  readonly #records: Records;
  readonly #table: string;

  constructor(records: Records, table: string) {
    this.#records = records;
    this.#table = table;
  }

  /** @param text in ASCII: a character a byte. */
  async save(migrationId: MigrationId, part: string, text: string): Promise<void> {
    const chunks = Math.max(1, Math.ceil(text.length / CHUNK));
    const version = createHash('sha256').update(text).digest('hex').slice(0, 12);
    const put = (at: string, chunk: number, more: object) =>
      this.#records.put({
        TableName: this.#table,
        Item: { migrationId, part: at, text: text.slice(chunk * CHUNK, (chunk + 1) * CHUNK), ...more },
      });
    for (let chunk = 1; chunk < chunks; chunk += 1) await put(`${part}#${version}#${chunk}`, chunk, {});
    await put(part, 0, { chunks, version });
  }

  /**
   * Deletes the texts whose part begins so, with all their versions: a batch at a time, since all records of a migration are in
   * one partition. What a step that dies has left, the next run deletes.
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
    const { text, chunks, version } = this.#records.parse(Head, place(part), head);
    const texts = [text];
    for (let chunk = 1; chunk < chunks; chunk += 1) {
      const at = `${part}#${version}#${chunk}`;
      const rest = await this.#records.get(this.#table, { migrationId, part: at });
      texts.push(this.#records.parse(Rest, place(at), rest).text);
    }
    return texts.join('');
  }
}
