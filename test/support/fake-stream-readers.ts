import { TableNotFound } from '../../functions/migration/errors.ts';
import type { CaptureReader, StreamReaders } from '../../functions/migration/journal/stream-readers-port.ts';
import type { TableName } from '../../functions/migration/names.ts';

/** Readers in memory. A stream that was just connected is not read yet. By default capture reads each stream from its beginning. */
export class FakeStreamReaders implements StreamReaders {
  readonly connected = new Set<TableName>();
  readonly missing = new Set<TableName>();
  /** Number of mappings that cannot read, or the error of counting them. */
  notReading: number | Error = 0;
  /** Batching windows of capture by table, in s. */
  readonly windows = new Map<TableName, number>();
  readonly #captures = new Map<TableName, CaptureReader>();

  async captureReader(table: TableName): Promise<CaptureReader> {
    if (this.missing.has(table)) throw new TableNotFound(`there is no table ${table}`, { table });
    return this.#captures.get(table) ?? { stream: 'stream-1', reader: 'reader-1', isOn: true };
  }

  /** Changes the reader of the table's stream. An absent field keeps its value. */
  async change(table: TableName, change: Partial<CaptureReader>) {
    this.#captures.set(table, { ...(await this.captureReader(table)), ...change });
  }

  /** Removes the table's stream. */
  endStream(table: TableName) {
    this.#captures.set(table, { isOn: false });
  }

  async connect(table: TableName) {
    const isRead = this.connected.has(table);
    this.connected.add(table);
    this.windows.set(table, 0);
    return isRead;
  }

  async captureWindows() {
    return [...this.windows].map(([table, seconds]) => ({ table, mapping: `mapping of ${table}`, seconds }));
  }

  async setCaptureWindow(mapping: string, seconds: number) {
    const found = [...this.windows.keys()].find((table) => mapping === `mapping of ${table}`);
    if (found !== undefined) this.windows.set(found, seconds);
  }

  async countNotReading() {
    if (this.notReading instanceof Error) throw this.notReading;
    return this.notReading;
  }

  async disconnect(table: TableName) {
    this.connected.delete(table);
    return true;
  }
}
