import type {
  DriverEvent,
  Feature,
  Step,
  SteppedCommand,
  Vector,
  VectorOptions,
} from '../../../scripts/conformance/messages.ts';

export type Wire = Record<string, Record<string, unknown>>;

interface RouteFields {
  readonly table?: string;
  readonly leaseMs?: number;
  readonly epoch?: number;
}

/** The wall clock of every vector begins here. */
export const BEGIN = { monotonic: 5_000, wall: Date.UTC(2026, 0, 1) };

export const open = ({ table = 'basic', leaseMs = 1_000, epoch = 1 }: RouteFields = {}): Wire => ({
  tenantId: { S: 'abc' },
  table: { S: table },
  epoch: { N: String(epoch) },
  writes: { S: 'open' },
  leaseMs: { N: String(leaseMs) },
});

/** @param deadline of the fence, by the wall clock. */
export const fenced = (given: RouteFields & { readonly deadline?: number } = {}): Wire => ({
  ...open(given),
  writes: { S: 'fenced' },
  fence: {
    M: { migrationId: { S: 'mig-1' }, deadline: { N: String(given.deadline ?? BEGIN.wall + 10_000) } },
  },
});

export const advanced = open({ table: 'advanced', epoch: 3 });

interface CallOptions {
  readonly tenant?: string;
  /** Number of the call in whose operation this one is made. */
  readonly within?: number;
}

/** A command without the readings of the clocks. */
export type UntimedCommand = SteppedCommand extends infer One
  ? One extends SteppedCommand
    ? Omit<One, 'monotonic' | 'wall'>
    : never
  : never;

/**
 * Builds a vector. Commands are added at the present time of the scenario; `pass`, `suspend` and `setWall` change the clocks
 * of the next command. An expectation is added to the last command.
 */
export class Scenario {
  readonly steps: Step[] = [];
  #monotonic = BEGIN.monotonic;
  #wall = BEGIN.wall;
  #asked = 0;

  constructor(options: VectorOptions = {}) {
    this.#add({ do: 'begin', options });
  }

  /** Lets time pass, for both clocks. */
  pass(ms: number): this {
    this.#monotonic += ms;
    this.#wall += ms;
    return this;
  }

  /** Lets time pass while the machine is suspended: the monotonic clock stands still. */
  suspend(ms: number): this {
    this.#wall += ms;
    return this;
  }

  /** Sets the wall clock ahead by `ms`, or back if it is negative. */
  setWall(ms: number): this {
    this.#wall += ms;
    return this;
  }

  /** Shows the router the present time. */
  tick(): this {
    return this.#add({ do: 'pass' });
  }

  read(call: number, options: CallOptions = {}): this {
    return this.#call('read', call, options);
  }

  write(call: number, options: CallOptions = {}): this {
    return this.#call('write', call, options);
  }

  /** Answers the last request, or the one with this number. */
  answer(item: Wire | undefined, request = this.#asked): this {
    return this.#add({ do: 'answer', request, item: item ?? null });
  }

  fail(error: string, request = this.#asked): this {
    return this.#add({ do: 'fail', request, error });
  }

  abort(call: number): this {
    return this.#add({ do: 'abort', call });
  }

  end(call: number): this {
    return this.#add({ do: 'end', call, result: 'ok' });
  }

  endWith(call: number, error: string): this {
    return this.#add({ do: 'end', call, error });
  }

  asks(tenant = 'abc', table = 'saas-tenant-routes'): this {
    this.#asked += 1;
    return this.#expect({ event: 'ask', request: this.#asked, tenant, table, consistent: true });
  }

  starts(call: number, table: string): this {
    return this.#expect({ event: 'start', call, table });
  }

  fails(call: number, error: string, facts: Readonly<Record<string, unknown>> = {}): this {
    return this.#expect({ event: 'failed', call, error, ...facts });
  }

  finishes(call: number, result = 'ok'): this {
    return this.#expect({ event: 'done', call, result });
  }

  /** The operation of a call is about to send a request. */
  maySend(call: number, maySend: boolean): this {
    return this.#add({ do: 'check', call }).#expect({ event: 'checked', call, maySend });
  }

  /** The operation ends within its lease. */
  ends(call: number): this {
    return this.end(call).finishes(call);
  }

  /** The operation ends after its lease, and does not count. */
  endsLate(call: number): this {
    return this.end(call).fails(call, 'TenantLeaseExpired', { retryable: false, succeeded: true });
  }

  /** A read of an open route that ends at once, and leaves the route in use. */
  leases(call: number, route: Wire = open()): this {
    const table = route.table?.S;
    return this.read(call).asks().answer(route).starts(call, String(table)).ends(call);
  }

  #call(operation: 'read' | 'write', call: number, { tenant = 'abc', within }: CallOptions): this {
    return this.#add({ do: 'call', call, operation, tenant, ...(within === undefined ? {} : { within }) });
  }

  #add(command: UntimedCommand): this {
    const { do: action, ...fields } = command;
    const timed = { do: action, monotonic: this.#monotonic, wall: this.#wall, ...fields } as SteppedCommand;
    this.steps.push({ command: timed, expect: [] });
    return this;
  }

  #expect(event: DriverEvent): this {
    this.steps.at(-1)?.expect.push(event);
    return this;
  }
}

interface VectorExtras {
  readonly options?: VectorOptions;
  readonly features?: Feature[];
}

/** Makes a vector from a scenario. @param rules numbers of the rules that it tests, separated by spaces. */
export const vector = (
  name: string,
  rules: string,
  build: (scenario: Scenario) => Scenario,
  { options = {}, features = [] }: VectorExtras = {},
): Vector => ({
  name,
  rules: rules.split(' '),
  ...(features.length > 0 ? { features } : {}),
  steps: build(new Scenario(options)).steps,
});
