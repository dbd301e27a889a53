import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { StreamsSettings } from '../streams/streams-settings.ts';

/** [Lambda API reference, EventSourceMappingConfiguration: State] */
type State = 'Creating' | 'Enabling' | 'Enabled' | 'Disabling' | 'Disabled' | 'Updating' | 'Deleting';

/** Settings with which a mapping can be created and updated; others are kept and returned unchanged. */
export const MappingUpdate = z.looseObject({
  Enabled: z.boolean().optional(),
  BatchSize: z.number().int().positive().optional(),
  MaximumRetryAttempts: z.number().int().min(-1).optional(),
  FilterCriteria: z
    .looseObject({ Filters: z.array(z.looseObject({ Pattern: z.string() })).optional() })
    .optional(),
});
export const MappingCreation = MappingUpdate.extend({
  FunctionName: z.string(),
  EventSourceArn: z.string(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
});
type Settings = z.output<typeof MappingCreation>;

export interface Mapping {
  readonly uuid: string;
  readonly settings: Settings;
  readonly state: State;
  /** Time from the first `Enabled` until it begins to read, in ms. */
  readonly firstRecordsMs: number;
  /** Unix time, in s. */
  readonly modifiedAt: number;
}

/** An error of Lambda's API, with the service's name for it. */
export class LambdaError extends Error {
  override readonly name: string;
  readonly status: number;
  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

type Delays = Pick<StreamsSettings, 'mappingCreationMs' | 'mappingChangeMs' | 'firstRecordsMs'>;

/** Event source mappings and their states, whose changes take time. [Lambda API reference, CreateEventSourceMapping] */
export class EventSourceMappings {
  readonly #delays: Delays;
  readonly #mappings = new Map<string, Mapping>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onChange: (mapping: Mapping) => void;

  /** @param onChange called for each change of a mapping's state, the last of which is `Deleting`. */
  constructor(delays: Delays, onChange: (mapping: Mapping) => void) {
    this.#delays = delays;
    this.#onChange = onChange;
  }

  /** Adds a mapping of the deployment, which reads at once. */
  deploy(settings: Settings): Mapping {
    return this.#set({ ...newMapping(settings), state: 'Enabled', firstRecordsMs: 0 });
  }

  /** @throws LambdaError ResourceConflictException */
  create(settings: Settings): Mapping {
    const { FunctionName, EventSourceArn, Enabled = true } = settings;
    const [other] = this.list({ FunctionName, EventSourceArn });
    // a mapping that is being deleted still counts
    if (other) {
      throw new LambdaError(
        'ResourceConflictException',
        409,
        `The event source arn (" ${EventSourceArn} ") and function (" ${FunctionName} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${other.uuid}`,
      );
    }
    const { mappingCreationMs, firstRecordsMs } = this.#delays;
    const created = this.#set({ ...newMapping(settings), state: 'Creating', firstRecordsMs });
    this.#later(created, Enabled ? 'Enabled' : 'Disabled', mappingCreationMs);
    return created;
  }

  /** @throws LambdaError ResourceNotFoundException, ResourceInUseException */
  update(uuid: string, changes: z.output<typeof MappingUpdate>): Mapping {
    const { Enabled } = changes;
    const found = this.#withStateNow(uuid, 'update');
    const after = Enabled === undefined ? found.state : Enabled ? 'Enabled' : 'Disabled';
    const switched = after === 'Enabled' ? 'Enabling' : 'Disabling';
    const updated = this.#set({
      ...found,
      settings: { ...found.settings, ...changes },
      state: after === found.state ? 'Updating' : switched,
      modifiedAt: nowSeconds(),
    });
    this.#later(updated, after, this.#delays.mappingChangeMs);
    return updated;
  }

  /** @throws LambdaError ResourceNotFoundException, ResourceInUseException */
  delete(uuid: string): Mapping {
    const deleted = this.#set({ ...this.#withStateNow(uuid, 'delete'), state: 'Deleting' });
    this.#timer(this.#delays.mappingChangeMs, () => this.#mappings.delete(uuid));
    return deleted;
  }

  /** @throws LambdaError ResourceNotFoundException */
  get(uuid: string): Mapping {
    const found = this.#mappings.get(uuid);
    if (found) return found;
    throw new LambdaError('ResourceNotFoundException', 404, 'The resource you requested does not exist.');
  }

  list({
    FunctionName,
    EventSourceArn,
  }: {
    FunctionName?: string | undefined;
    EventSourceArn?: string | undefined;
  } = {}): Mapping[] {
    return [...this.#mappings.values()].filter(
      ({ settings }) =>
        (FunctionName === undefined || settings.FunctionName === FunctionName) &&
        (EventSourceArn === undefined || settings.EventSourceArn === EventSourceArn),
    );
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /**
   * Returns a mapping that may be changed or deleted: no other change is in progress. [Lambda API reference,
   * UpdateEventSourceMapping: ResourceInUseException]
   */
  #withStateNow(uuid: string, verb: 'update' | 'delete'): Mapping {
    const found = this.get(uuid);
    if (found.state === 'Enabled' || found.state === 'Disabled') return found;
    throw new LambdaError(
      'ResourceInUseException',
      400,
      `Cannot ${verb} the event source mapping because it is in use.`,
    );
  }

  #set(mapping: Mapping): Mapping {
    this.#mappings.set(mapping.uuid, mapping);
    this.#onChange(mapping);
    return mapping;
  }

  #later(mapping: Mapping, state: State, ms: number): void {
    this.#timer(ms, () => this.#set({ ...mapping, state }));
  }

  #timer(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}

const newMapping = (settings: Settings) => ({ uuid: randomUUID(), settings, modifiedAt: nowSeconds() });

const nowSeconds = (): number => Date.now() / 1_000;
