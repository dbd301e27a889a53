import type { RouteClient } from '../route-reader.ts';
import type { TenantRouting } from '../routing.ts';
import { TenantRouter } from '../tenant-router.ts';
import { isFields } from './records.ts';
import { routeRequest } from './route-request.ts';
import { isSdkCommand, operationOf, type SdkClient, withInput, withoutSending } from './sdk-command.ts';
import { DEFAULT_KEYS, type TenantKeys, TenantNames } from './tenant-names.ts';
import { TenantTables } from './tenant-tables.ts';
import { UnderLeases } from './under-leases.ts';
import { UnroutableRequest } from './unroutable-request.ts';

export interface RoutedClientOptions {
  /**
   * The name, or the names, by which the application calls the tenants' table. No such table needs to exist. Requests for
   * other tables are passed on.
   */
  readonly table: string | readonly string[];
  /** The router. Share one per process. Default: a new router that reads routes by the client itself. */
  readonly router?: TenantRouting;
  /** The keys of the tenants' table. Default: `tenantId`, whose value is the tenant's id, and `entityKey`. */
  readonly keys?: TenantKeys;
  /**
   * Returns the current tenant, for a request that names none, such as a query of an index. Usually
   * `() => storage.getStore()` of an `AsyncLocalStorage`.
   */
  readonly tenant?: () => string | undefined;
}

/** Clients that `routedClient` has returned. */
const routed = new WeakSet<object>();

/**
 * Returns the client with a `send` that routes: each request for the tenants' table goes to the live table of its tenant,
 * under a lease. Everything else of the client stays: its type and class, `config`, `middlewareStack`, `destroy`, and the
 * methods that call `send`. So paginators and libraries that take a client work unchanged.
 *
 * ```ts
 * const documents = routedClient(DynamoDBDocumentClient.from(client), { table: 'school-data' });
 *
 * await documents.send(new PutCommand({ TableName: 'school-data', Item: { tenantId, entityKey, name } }));
 * ```
 *
 * A read whose lease ended is sent again. Beside DynamoDB's own errors, `send` rejects with
 * - `UnroutableRequest` if the request names no tenant, or may not be routed: a scan, a change of the table. Nothing was
 *   sent;
 * - `TenantWriteFenced`, `TenantWriteNotSent`, `TenantRouteUnavailable`: nothing was written, try again;
 * - `TenantLeaseExpired`: the lease ended after a write was sent, and it is unknown whether the write took effect;
 * - `TenantRouteNotFound`, `TenantRouteInvalid`, `TenantRouteUnsupported`.
 *
 * Wrap the client that sends. A document client created from a routed client does not route, and its requests are refused.
 *
 * @throws TypeError if the client is routed already, or a template of the keys is not one.
 */
export const routedClient = <C extends SdkClient & RouteClient>(
  client: C,
  options: RoutedClientOptions,
): C => {
  if (routed.has(client)) throw new TypeError('the client is routed already: wrap it once');
  const send = new RoutedSend(client, options);
  const stack = withoutSending(client.middlewareStack, clientNotRouted);
  const proxy = new Proxy(client, {
    get: (target, name, receiver) => {
      if (name === 'send') return send.send;
      if (name === 'middlewareStack') return stack;
      return Reflect.get(target, name, receiver);
    },
  });
  routed.add(proxy);
  return proxy;
};

const clientNotRouted = () =>
  new UnroutableRequest(
    'DynamoDBDocumentClient.from',
    'client-not-routed',
    'the client was created from a routed client, and would not route its requests',
    'Wrap the client that sends: routedClient(DynamoDBDocumentClient.from(client), ...).',
  );

/** The `send` of a routed client. */
class RoutedSend {
  readonly #client: SdkClient;
  readonly #names: TenantNames;
  readonly #tables: TenantTables;
  readonly #leases: UnderLeases;
  readonly #sortKey: string;

  constructor(client: SdkClient & RouteClient, options: RoutedClientOptions) {
    const keys = options.keys ?? DEFAULT_KEYS;
    this.#client = client;
    this.#names = new TenantNames(keys, options.tenant ?? (() => undefined));
    this.#leases = new UnderLeases(options.router ?? new TenantRouter({ client }));
    this.#tables = new TenantTables([options.table].flat(), (table) => this.#leases.isLiveTable(table));
    this.#sortKey = keys.sortKey;
  }

  /** Takes what `Client.send` takes: a command, options, and a callback instead of the promise. */
  readonly send = (command: unknown, optionsOrCallback?: unknown, callback?: unknown): unknown => {
    const [options, done] =
      typeof optionsOrCallback === 'function'
        ? [undefined, optionsOrCallback]
        : [optionsOrCallback, callback];
    const output = this.#route(command, options);
    if (typeof done !== 'function') return output;
    output
      .then(
        (value) => done(null, value),
        (error) => done(error),
      )
      // as the SDK does: an error of the callback is its own affair
      .catch(() => {});
    return undefined;
  };

  async #route(command: unknown, given: unknown): Promise<unknown> {
    if (!isSdkCommand(command)) return await this.#pass(command, given);
    const operation = operationOf(command) ?? 'unknown';
    const options = isFields(given) ? given : undefined;
    return await routeRequest({
      operation,
      input: command.input,
      signal: callersSignal(options?.abortSignal),
      names: this.#names,
      tables: this.#tables,
      leases: this.#leases,
      sortKey: this.#sortKey,
      send: (input, { signal: abortSignal, beforeSending }) =>
        this.#pass(withInput(command, input, beforeSending), { ...options, abortSignal }),
      passOn: (input) =>
        this.#pass(input === command.input ? command : withInput(command, input, () => {}), options),
    });
  }

  /** Sends a command by the client itself. */
  #pass(command: unknown, options: unknown): Promise<unknown> {
    const { send } = this.#client;
    return Promise.resolve(
      Reflect.apply(send, this.#client, options === undefined ? [command] : [command, options]),
    );
  }
}

/** Returns the caller's signal. The SDK also takes signals of an older form, which have only `onabort`. */
const callersSignal = (given: unknown): AbortSignal | undefined => {
  if (given instanceof AbortSignal || !isFields(given))
    return given instanceof AbortSignal ? given : undefined;
  const controller = new AbortController();
  if (given.aborted === true) controller.abort();
  else Reflect.set(given, 'onabort', () => controller.abort());
  return controller.signal;
};
