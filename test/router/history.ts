/** The content of the routes table from a moment on. */
export interface State {
  readonly from: number;
  readonly table: string;
  readonly writes: 'open' | 'fenced';
  readonly leaseMs: number;
}

/** A request for the route, and the moment at which the routes table read it. */
export interface RouteRequest {
  readonly sentAt: number;
  readonly readAt: number;
}

/** One call that an operation sent, or the outcome of its last call. */
export interface SentCall {
  readonly kind: 'read' | 'write';
  readonly calledAt: number;
  readonly sentAt: number;
  readonly table: string;
}

export interface History {
  /** In order of time; the first exists from the beginning. */
  readonly states: readonly State[];
  readonly asked: readonly RouteRequest[];
  readonly sent: readonly SentCall[];
  /** Operations whose outcome the router returned as such, with the moment at which it arrived as `sentAt`. */
  readonly acknowledged: readonly SentCall[];
}

/** Describes violations of the protocol; empty if there are none. */
export const violations = ({ states, asked, sent, acknowledged }: History): string[] => {
  const stateAt = (moment: number) => states.findLast(({ from }) => from <= moment);
  const wasLive = ({ table, calledAt, sentAt }: SentCall) =>
    stateAt(calledAt)?.table === table ||
    states.some((state) => state.table === table && state.from >= calledAt && state.from <= sentAt);
  const isLent = ({ kind, calledAt, sentAt, table }: SentCall) =>
    asked.some((request) => {
      const answer = stateAt(request.readAt);
      if (answer?.table !== table || request.readAt > sentAt) return false;
      const lasts = sentAt < request.sentAt + answer.leaseMs;
      if (answer.writes === 'open' && answer.leaseMs > 0) return lasts;
      return kind === 'read' && request.sentAt >= calledAt && (lasts || answer.leaseMs === 0);
    });
  const isSealed = (moment: number) => {
    const state = stateAt(moment);
    return state?.writes === 'fenced' && moment >= state.from + state.leaseMs;
  };
  const late = acknowledged
    .filter((one) => !isLent(one))
    .map(({ kind, table, sentAt }) => `${kind} of ${table}, acknowledged at ${sentAt}: no lease (any more)`);
  const wrong = sent.flatMap((one) => {
    const { kind, table, sentAt } = one;
    const what = `${kind} of ${table} at ${sentAt}`;
    return [
      isLent(one) ? [] : `${what}: no lease (any more)`,
      kind === 'read' && !wasLive(one) ? `${what}: not live since it was called (I3)` : [],
      kind === 'write' && stateAt(sentAt)?.table !== table ? `${what}: not the live table (I1)` : [],
      kind === 'write' && isSealed(sentAt) ? `${what}: the table is being compared (I2)` : [],
    ].flat();
  });
  return [...wrong, ...late];
};
