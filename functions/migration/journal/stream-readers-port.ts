import type { TableName } from '../names.ts';

/**
 * Reader of a table's stream for capture. If two answers differ, the journal may lack changes of the time in between.
 */
export interface CaptureReader {
  /** Label of the table's stream; absent if the table has none. A stream that replaced another has its own label. */
  readonly stream?: string;
  /**
   * Identity of the reader; absent if there is none. Another reader may have started at another position of the stream.
   */
  readonly reader?: string;
  /** False while the reader is missing, has not started, or is being turned off. */
  readonly isOn: boolean;
}

/** The readers of the tier tables' streams: one for each table, for capture. */
export interface StreamReaders {
  /**
   * Returns the current reader of a table's stream for capture. The answer may be seconds old.
   * @throws TableNotFound
   */
  captureReader(table: TableName): Promise<CaptureReader>;
  /**
   * Connects the reader to a table's stream, from its beginning and with the settings that capture needs. Safe to repeat.
   * @returns true if it reads now.
   * @throws StreamReaderMismatch
   */
  connect(table: TableName): Promise<boolean>;
  /**
   * Starts disconnecting the reader, before the table is deleted. Safe to repeat.
   * @returns true once it is not being connected any more.
   */
  disconnect(table: TableName): Promise<boolean>;
  /** Counts the readers' mappings, over all tables, that are off or whose last attempt to read failed. */
  countNotReading(): Promise<number>;
  /**
   * Returns the batching windows of capture's mappings, over all tables; none if capture does not read through
   * mappings.
   */
  captureWindows(): Promise<readonly CaptureWindow[]>;
  /** Starts changing a window. A mapping that is missing or being changed stays as it is. */
  setCaptureWindow(mapping: string, seconds: number): Promise<void>;
}

/** Time for which Lambda collects a table's records before it calls capture, in s. */
export interface CaptureWindow {
  readonly table: TableName;
  readonly mapping: string;
  readonly seconds: number;
}
