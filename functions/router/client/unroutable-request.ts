/** Reasons for which a request is not routed. */
export type UnroutableReason =
  /** Neither the request nor the context names a tenant. */
  | 'no-tenant'
  /** The partition key's value does not match the template of the keys. */
  | 'key-of-no-tenant'
  /** A scan reads items of all tenants of a table, and the copies of tenants that are being moved. */
  | 'scan'
  /** A request that changes a table, sent for the name that stands for all tier tables. */
  | 'table-change'
  /** A request for the items of a tier table by its own name. */
  | 'tier-table-named'
  /** A PartiQL statement of a form that cannot be routed. */
  | 'statement'
  /** A command that this version does not know. */
  | 'unknown-command'
  /** A client that was created from a routed client, and does not route. */
  | 'client-not-routed';

/** Thrown for a request that cannot be routed. Nothing was sent. `reason` says why, and the message what to do. */
export class UnroutableRequest extends Error {
  override readonly name = 'UnroutableRequest';
  readonly retryable = false;
  /** The operation's name, e.g. `Scan`. */
  readonly operation: string;
  readonly reason: UnroutableReason;

  constructor(operation: string, reason: UnroutableReason, message: string, next: string) {
    super(`${operation}: ${message}. Nothing was sent. ${next}`);
    this.operation = operation;
    this.reason = reason;
  }
}
