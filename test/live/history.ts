/** What a key holds; `undefined` where there is no item. */
export type Value = string | undefined;

/** What a client asked of one key. */
export type Call =
  | { readonly kind: 'read' }
  | { readonly kind: 'put'; readonly value: string }
  | { readonly kind: 'delete' }
  /** A put on the condition that the key holds `expected`. */
  | { readonly kind: 'putIf'; readonly expected: Value; readonly value: string };

/** How it ended, as the client knows it. */
export type Outcome =
  /** A read that saw `value`. */
  | { readonly is: 'seen'; readonly value: Value }
  /** A write that took effect. */
  | { readonly is: 'written' }
  /** A `putIf` that found another value than the expected one. */
  | { readonly is: 'refused' }
  /** A write that took effect at any time since it was called, or will, or never; a read that saw nothing. */
  | { readonly is: 'unknown' }
  /** For sure without effect. */
  | { readonly is: 'never' };

/** One call of one client; times in ms on one monotonic clock. */
export interface Operation {
  readonly key: string;
  readonly client: number;
  readonly call: Call;
  readonly calledAt: number;
  readonly answeredAt: number;
  readonly outcome: Outcome;
}

/** The operations of clients that share a process, and so a monotonic clock. */
export class History {
  private readonly ended: Operation[] = [];
  private readonly underWay = new Set<Omit<Operation, 'answeredAt' | 'outcome'>>();

  /** @returns how to say that it has ended. */
  begin(client: number, key: string, call: Call): (outcome: Outcome) => void {
    const begun = { key, client, call, calledAt: performance.now() };
    this.underWay.add(begun);
    return (outcome) => {
      if (!this.underWay.delete(begun)) throw new Error('an operation ends once');
      this.ended.push({ ...begun, answeredAt: performance.now(), outcome });
    };
  }

  /** All so far; nobody knows yet how those under way end. */
  operations(): Operation[] {
    const open = [...this.underWay].map(
      (begun): Operation => ({ ...begun, answeredAt: Number.POSITIVE_INFINITY, outcome: { is: 'unknown' } }),
    );
    return [...this.ended, ...open];
  }
}
