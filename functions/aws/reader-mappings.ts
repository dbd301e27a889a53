import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  type EventSourceMappingConfiguration,
  LambdaClient,
  type LambdaClientConfig,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda';
import { StreamReaderMismatch } from '../migration/errors.ts';
import type { Log } from '../migration/log-port.ts';
import type { TableName } from '../migration/names.ts';
import { TIMEOUTS } from './client.ts';
import { nameOf, translateError } from './errors.ts';
import { mappingChanges } from './mapping-changes.ts';
import type { Mapping } from './stream-mappings.ts';

/**
 * Lambda's control plane takes 15 requests per second of an account [Lambda quotas], and every migration polls it. After a
 * throttle this client sends more slowly, and it retries more often than the SDK does by default.
 */
const RETRY_SETTINGS = { retryMode: 'adaptive', maxAttempts: 6 } as const;

/** A function that reads streams, with the mapping that it needs. */
interface Reader {
  readonly FunctionName: string;
  readonly mapping: Mapping;
}

/** Makes Lambda's calls on the event source mappings of the functions that read the tier tables' streams. */
export class ReaderMappings {
  readonly #lambda: LambdaClient;
  readonly #log: Log;

  constructor(config: LambdaClientConfig, log: Log) {
    this.#lambda = new LambdaClient({ requestHandler: TIMEOUTS, ...RETRY_SETTINGS, ...config });
    this.#log = log;
  }

  /** Returns a function's mappings to one stream, or to all. @throws StreamReaderMismatch if the function is missing */
  async of(
    FunctionName: string,
    EventSourceArn?: string,
  ): Promise<readonly EventSourceMappingConfiguration[]> {
    const found: EventSourceMappingConfiguration[] = [];
    try {
      for await (const page of paginateListEventSourceMappings(
        { client: this.#lambda },
        { FunctionName, EventSourceArn },
      ))
        found.push(...(page.EventSourceMappings ?? []));
    } catch (error) {
      throw readerError(error, FunctionName);
    }
    return found;
  }

  /** True if the mapping is enabled with the right settings. Otherwise changes the settings and enables it. */
  async isCorrect(
    table: TableName,
    { FunctionName, mapping }: Reader,
    { UUID, State = '', ...found }: EventSourceMappingConfiguration,
  ): Promise<boolean> {
    if (State === 'Deleting') return false;
    const { changes, fixed } = mappingChanges(found, mapping);
    if (fixed.length > 0) {
      throw new StreamReaderMismatch(
        `cannot capture changes of table ${table}: ${fixed.join(', ')} in its event source mapping ${UUID} to ${FunctionName}, which Lambda cannot change. Nothing was changed. Delete that mapping and migrate again: the migration creates one.`,
      );
    }
    const names = Object.keys(changes);
    // a mapping in transition is checked again later
    if (State !== 'Enabled' && State !== 'Disabled') return false;
    if (State === 'Enabled' && names.length === 0) return true;
    this.#log.warn(
      { table, function: FunctionName, mapping: UUID, settings: names, wasDisabled: State === 'Disabled' },
      'event source mapping was disabled or had other settings; it is being enabled with the settings of Tierferry',
    );
    await this.update({ UUID, Enabled: true, ...changes });
    return false;
  }

  /** Starts creating a mapping, unless another process is faster. @throws StreamReaderMismatch if the function is missing */
  async create(FunctionName: string, EventSourceArn: string, mapping: Mapping): Promise<void> {
    try {
      await unlessBusy(() =>
        this.#lambda.send(new CreateEventSourceMappingCommand({ FunctionName, EventSourceArn, ...mapping })),
      );
    } catch (error) {
      throw readerError(error, FunctionName);
    }
  }

  /** Starts changing a mapping. One that is missing or being changed stays as it is: the next poll shows it. */
  async update(change: UpdateEventSourceMappingCommandInput): Promise<void> {
    try {
      await unlessBusy(() => this.#lambda.send(new UpdateEventSourceMappingCommand(change)));
    } catch (error) {
      if (nameOf(error) !== 'ResourceNotFoundException') throw translateError(error);
    }
  }

  /**
   * Starts deleting a mapping.
   * @returns false if it is being created or changed. [Lambda API reference, DeleteEventSourceMapping]
   */
  async delete(UUID: string | undefined): Promise<boolean> {
    try {
      await this.#lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
      return true;
    } catch (error) {
      if (nameOf(error) === 'ResourceInUseException') return false;
      if (nameOf(error) !== 'ResourceNotFoundException') throw translateError(error);
      return true;
    }
  }
}

/**
 * Returns the current mapping. A function has one mapping to a stream, and may have a second while the first is being
 * deleted.
 */
export const currentOf = (
  mappings: readonly EventSourceMappingConfiguration[],
): EventSourceMappingConfiguration | undefined =>
  mappings.find(({ State }) => State !== 'Deleting') ?? mappings[0];

/**
 * Ignores the errors if another process was faster or the mapping is being changed; the next poll shows it. [Lambda API
 * reference, UpdateEventSourceMapping]
 */
const unlessBusy = async (call: () => Promise<unknown>): Promise<void> => {
  try {
    await call();
  } catch (error) {
    const name = nameOf(error);
    if (name !== 'ResourceConflictException' && name !== 'ResourceInUseException') throw error;
  }
};

/**
 * Translates an error. Lambda uses the same error for a missing function and a missing mapping. [Lambda API reference,
 * CreateEventSourceMapping]
 */
const readerError = (error: unknown, FunctionName: string): Error =>
  nameOf(error) === 'ResourceNotFoundException'
    ? new StreamReaderMismatch(
        `cannot capture changes: function ${FunctionName}, which reads the streams, is missing. Nothing was changed. Deploy Tierferry again, then retry.`,
        { cause: error },
      )
    : translateError(error);
