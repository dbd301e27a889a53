import type { TableName } from '../../functions/migration/names.ts';
import type { StreamReaders } from '../../functions/migration/ports.ts';

/** A stream is not read yet when it has just been connected. */
export class FakeStreamReaders implements StreamReaders {
  readonly connected = new Set<TableName>();

  async connect(table: TableName) {
    const isRead = this.connected.has(table);
    this.connected.add(table);
    return isRead;
  }

  async disconnect(table: TableName) {
    this.connected.delete(table);
    return true;
  }
}
