import type { GetItemCommand, GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import {
  TenantRouter,
  type TenantRouterOptions,
  type TenantRouting,
} from '../../functions/router/tenant-router.ts';
import { factsOf, GivenError } from './error-facts.ts';
import type { Answer, DriverEvent, SteppedCommand, VectorOptions } from './messages.ts';
import { SteppedClock } from './stepped-clock.ts';

/** A request for a route that has no answer yet. */
interface RouteRequest {
  readonly answer: (output: GetItemCommandOutput) => void;
  readonly fail: (error: Error) => void;
}

/** A call of the router. Its operation is present from its start. */
interface Call {
  readonly caller: AbortController;
  operation?: {
    readonly signal: AbortSignal;
    readonly end: (result: string) => void;
    readonly fail: (error: Error) => void;
  };
}

/** Returns an answer with an item as a vector gives it. Some are invalid on purpose, and the router has to find out. */
const outputWith = (item: object | null): GetItemCommandOutput => ({
  $metadata: {},
  ...(item ? { Item: item as NonNullable<GetItemCommandOutput['Item']> } : {}),
});

type MakeRouter = (options: TenantRouterOptions) => TenantRouting;

/** Drives Tierferry's own router through a vector: the runner sets the clocks and answers the router's requests. */
export class SteppedDriver {
  readonly #makeRouter: MakeRouter;
  #world: World | undefined;

  /** @param makeRouter makes the router; replaced in tests of the vectors. */
  constructor(makeRouter: MakeRouter = (options) => new TenantRouter(options)) {
    this.#makeRouter = makeRouter;
  }

  async exchange(command: SteppedCommand): Promise<Answer> {
    if (command.do === 'begin') {
      this.#world = new World(this.#makeRouter, command);
      return { events: [] };
    }
    if (!this.#world) throw new Error('the first command is begin');
    return { events: await this.#world.apply(command) };
  }
}

/** One vector's router, with its clocks, requests and calls. */
class World {
  readonly #clock = new SteppedClock();
  readonly #router: TenantRouting;
  readonly #requests: RouteRequest[] = [];
  readonly #calls = new Map<number, Call>();
  #events: DriverEvent[] = [];

  constructor(makeRouter: MakeRouter, begin: { options: VectorOptions; monotonic: number; wall: number }) {
    this.#clock.set(begin);
    const given = Object.fromEntries(
      Object.entries(begin.options).filter(([, value]) => value !== undefined),
    );
    this.#router = makeRouter({
      ...given,
      client: { send: (command) => this.#ask(command) },
      clock: this.#clock,
      random: () => 0.5,
    });
  }

  async apply(command: Exclude<SteppedCommand, { do: 'begin' }>): Promise<DriverEvent[]> {
    this.#events = [];
    this.#clock.set(command);
    await this.#clock.run();
    this.#act(command);
    await this.#clock.run();
    return this.#events;
  }

  #act(command: Exclude<SteppedCommand, { do: 'begin' }>): void {
    switch (command.do) {
      case 'call':
        this.#call(command);
        break;
      case 'answer':
        this.#request(command.request).answer(outputWith(command.item));
        break;
      case 'fail':
        this.#request(command.request).fail(new GivenError(command.error));
        break;
      case 'check': {
        const { signal } = this.#operation(command.call);
        this.#note({ event: 'checked', call: command.call, maySend: !signal.aborted });
        break;
      }
      case 'end': {
        const { end, fail } = this.#operation(command.call);
        if (command.error === undefined) end(command.result ?? '');
        else fail(new GivenError(command.error));
        break;
      }
      case 'abort':
        this.#given(command.call).caller.abort(new GivenError('CallerAborted'));
        break;
      case 'pass':
    }
  }

  #call({ call, operation, tenant, within }: Extract<SteppedCommand, { do: 'call' }>): void {
    const made: Call = { caller: new AbortController() };
    this.#calls.set(call, made);
    const run = (table: string, { signal }: { readonly signal: AbortSignal }): Promise<string> => {
      this.#note({ event: 'start', call, table });
      return new Promise((end, fail) => {
        made.operation = { signal, end, fail };
      });
    };
    const signal = within === undefined ? made.caller.signal : this.#operation(within).signal;
    this.#router[operation](tenant, run, { signal }).then(
      (result) => this.#note({ event: 'done', call, result }),
      (error: unknown) => this.#note({ event: 'failed', call, ...factsOf(error) }),
    );
  }

  #ask({ input }: GetItemCommand): Promise<GetItemCommandOutput> {
    return new Promise((answer, fail) => {
      this.#requests.push({ answer, fail });
      this.#note({
        event: 'ask',
        request: this.#requests.length,
        tenant: input.Key?.tenantId?.S,
        table: input.TableName,
        consistent: input.ConsistentRead === true,
      });
    });
  }

  #note(event: DriverEvent): void {
    this.#events.push(event);
  }

  #request(number: number): RouteRequest {
    const request = this.#requests[number - 1];
    if (!request) throw new Error(`request ${number} was not made`);
    return request;
  }

  #given(number: number): Call {
    const call = this.#calls.get(number);
    if (!call) throw new Error(`call ${number} was not made`);
    return call;
  }

  #operation(number: number): NonNullable<Call['operation']> {
    const { operation } = this.#given(number);
    if (!operation) throw new Error(`the operation of call ${number} has not started`);
    return operation;
  }
}
