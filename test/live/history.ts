/** A key's value; undefined if there is no item. */
export type Value = string | undefined;

/** A client's operation on one key. */
export type Call =
  | { readonly kind: 'read' }
  | { readonly kind: 'put'; readonly value: string }
  | { readonly kind: 'delete' }
  /** A put on condition that the key has the value `expected`. */
  | { readonly kind: 'putIf'; readonly expected: Value; readonly value: string };

/** Outcome of an operation, as far as the client knows it. */
export type Outcome =
  /** A read that saw `value`. */
  | { readonly is: 'seen'; readonly value: Value }
  /** A write that took effect. */
  | { readonly is: 'written' }
  /** A `putIf` that found another value than the expected one. */
  | { readonly is: 'refused' }
  /** A write that may take effect at any time after its call, or never; a read without a result. */
  | { readonly is: 'unknown' }
  /** An operation that certainly had no effect. */
  | { readonly is: 'never' };

/** One call of one client. Times are in ms on one monotonic clock. */
export interface Operation {
  readonly key: string;
  readonly client: number;
  readonly call: Call;
  readonly calledAt: number;
  readonly answeredAt: number;
  readonly outcome: Outcome;
}

/** The operations of clients that share a process and its monotonic clock. */
export class History {
  private readonly ended: Operation[] = [];
  private readonly inFlight = new Set<Omit<Operation, 'answeredAt' | 'outcome'>>();

  /** Records the beginning of an operation. @returns a function that records its end. */
  begin(client: number, key: string, call: Call): (outcome: Outcome) => void {
    const begun = { key, client, call, calledAt: performance.now() };
    this.inFlight.add(begun);
    return (outcome) => {
      if (!this.inFlight.delete(begun)) throw new Error('an operation ends once');
      this.ended.push({ ...begun, answeredAt: performance.now(), outcome });
    };
  }

  /** Returns all operations so far. Those under way are `unknown`. */
  operations(): Operation[] {
    const open = [...this.inFlight].map(
      (begun): Operation => ({ ...begun, answeredAt: Number.POSITIVE_INFINITY, outcome: { is: 'unknown' } }),
    );
    return [...this.ended, ...open];
  }
}
