import { TableNotFound } from '../../functions/migration/errors.ts';
import type { TableName } from '../../functions/migration/names.ts';
import type { CaptureReader, StreamReaders } from '../../functions/migration/ports.ts';

/** A stream is not read yet when it has just been connected; capture reads each from its beginning unless a test says otherwise. */
export class FakeStreamReaders implements StreamReaders {
  readonly connected = new Set<TableName>();
  readonly missing = new Set<TableName>();
  /** Mappings that cannot read, or why nothing is known of them. */
  notReading: number | Error = 0;
  /** Seconds for which capture of a table collects records. */
  readonly windows = new Map<TableName, number>();
  readonly #captures = new Map<TableName, CaptureReader>();

  async look(table: TableName): Promise<CaptureReader> {
    if (this.missing.has(table)) throw new TableNotFound(`there is no table ${table}`, { table });
    return this.#captures.get(table) ?? { stream: 'stream-1', reader: 'reader-1', isOn: true };
  }

  /** From now on this reads the table's stream for capture; what is not given stays as it is. */
  async change(table: TableName, change: Partial<CaptureReader>) {
    this.#captures.set(table, { ...(await this.look(table)), ...change });
  }

  /** From now on the table has no stream. */
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
