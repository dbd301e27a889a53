import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallId, INVOKE, isRead, STREAMS } from './calls.ts';

/** An HTTP answer, as the SDK's transport returns it. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body?: Readable;
}

/** A call with an injected fault. */
export interface Befallen {
  readonly operation: string;
  /** The parsed request. */
  readonly sent: { readonly TransactItems?: readonly unknown[] | undefined };
  /** Sends the call, or another body if one is given. */
  send(body?: object): Promise<Answer>;
  /** Aborts when the caller gives the call up. */
  readonly signal: AbortSignal | undefined;
  /** Duration of slow actions, in ms, drawn for each run. */
  readonly slowMs: number;
  /** Kills the workflow: nothing of it acts any more. Resolves once its executions have ended. */
  kill(): Promise<void>;
  /** Ends the function's process. It does nothing more, and its execution receives the error. */
  die(): void;
  /** Ends the executions. Running functions continue, as on Lambda. */
  stop(): Promise<void>;
  /** Suspends the caller and its monotonic clock, for a time in ms. */
  suspend(ms: number): Promise<void>;
  /**
   * Resolves right after the tenant's next flip, in either direction, and some writes of the application.
   * @param mostMs time after which it resolves in any case.
   */
  afterFlip(mostMs: number): Promise<void>;
  /** Makes every call of the migration fail, for a time in ms. */
  cutOff(ms: number): void;
  /** Registers work that continues after the call. */
  leave(work: Promise<unknown>): void;
}

interface Fault {
  /** Returns the answer to the call's first try. */
  readonly first: (call: Befallen) => Promise<Answer>;
  /** Returns the answer to each further try of the SDK. */
  readonly again: (call: Befallen) => Promise<Answer>;
}

const OUTAGE_MS = 400;
/** Delay with which a call takes effect after its caller has given it up, in ms: a short one, and the longest. */
const LATE_MS = 25;
export const LATEST_MS = 4_000;
/** Bounds of a slow call's duration, in ms. A call's own time-out is 10 s. */
const SLOW_CALL_MS = { least: 500, most: 5_000 };

/** The process or the whole workflow has died: there is no answer, and no second try. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

export const reset = (): Error =>
  Object.assign(new Error('planted: read ECONNRESET'), { code: 'ECONNRESET', errno: -104, syscall: 'read' });
const timedOut = (): Error => Object.assign(new Error('planted: no answer'), { name: 'TimeoutError' });

const within = (ms: number, { least, most }: { least: number; most: number }): number =>
  Math.min(Math.max(ms, least), most);
const waitSlowly = ({ slowMs, signal }: Befallen): Promise<void> =>
  sleep(within(slowMs, SLOW_CALL_MS), undefined, signal ? { signal } : {});

const fails = (error: () => Error) => () => Promise.reject(error());
const sendAndLose = async (call: Befallen): Promise<void> => {
  const answer = await call.send();
  answer.body?.resume();
};

/** Faults of one call. */
export const CALL_FAULTS = {
  /** The call does not reach the service, and neither do the SDK's further tries. */
  before: { first: fails(reset), again: fails(reset) },
  /** The call takes effect, but its answer is lost. Further tries do not reach the service. */
  lost: {
    first: async (call) => {
      await sendAndLose(call);
      throw reset();
    },
    again: fails(reset),
  },
  /** The call takes effect, but its answer is lost. The SDK's next try finds its own effect. */
  repeated: {
    first: async (call) => {
      await sendAndLose(call);
      throw reset();
    },
    again: (call) => call.send(),
  },
  /** The service throttles the call and all further tries. */
  throttle: { first: async (call) => throttled(call), again: async (call) => throttled(call) },
  /** The service does a part of the call, and returns the rest as unprocessed. */
  partly: { first: (call) => doPartly(call), again: (call) => call.send() },
  /** No answer arrives, and the caller gives up. The call takes effect shortly after. */
  timeout: {
    first: async (call) => {
      call.leave(sleep(LATE_MS).then(() => sendAndLose(call)));
      throw timedOut();
    },
    again: fails(timedOut),
  },
  /** The same, but the call takes effect seconds later, when the caller has retried and continued. */
  late: {
    first: async (call) => {
      call.leave(sleep(Math.min(call.slowMs, LATEST_MS)).then(() => sendAndLose(call)));
      throw timedOut();
    },
    again: (call) => call.send(),
  },
  /** The same, but the call takes effect right after the flip, when the application writes the other table. */
  beyondFlip: {
    first: async (call) => {
      call.leave(call.afterFlip(LATEST_MS).then(() => sendAndLose(call)));
      throw timedOut();
    },
    again: (call) => call.send(),
  },
  /** The call takes effect after some seconds, and succeeds. */
  slow: {
    first: async (call) => {
      await waitSlowly(call);
      return call.send();
    },
    again: (call) => call.send(),
  },
  /** The call takes effect at once, but its answer takes seconds, so that a read returns old values. */
  slowAnswer: {
    first: async (call) => {
      const answer = await call.send();
      await waitSlowly(call);
      return answer;
    },
    again: (call) => call.send(),
  },
  /** The workflow is killed right before the call. */
  kill: {
    first: async (call) => {
      await call.kill();
      throw new Killed('planted');
    },
    again: fails(() => new Killed('planted')),
  },
  /** The workflow is killed right after the call. */
  killAfter: {
    first: async (call) => {
      await sendAndLose(call);
      await call.kill();
      throw new Killed('planted');
    },
    again: fails(() => new Killed('planted')),
  },
  /** The function's process ends right after the call. The state machine retries the step, twice at most. */
  dieAfter: {
    first: async (call) => {
      await sendAndLose(call);
      call.die();
      throw new Killed('planted');
    },
    again: fails(() => new Killed('planted')),
  },
  /** The worker freezes, its execution is stopped, and the next attempt begins. Then the worker thaws and continues. */
  freeze: {
    first: async (call) => {
      await call.stop();
      await sleep(call.slowMs, undefined, call.signal ? { signal: call.signal } : {});
      return call.send();
    },
    again: (call) => call.send(),
  },
  /** As `freeze`, but the worker's machine is suspended, and its monotonic clock stands still meanwhile. */
  suspended: {
    first: async (call) => {
      await call.stop();
      await call.suspend(call.slowMs);
      call.signal?.throwIfAborted();
      return call.send();
    },
    again: (call) => call.send(),
  },
  /** All services are unreachable for a while. */
  outage: {
    first: async (call) => {
      call.cutOff(OUTAGE_MS);
      throw reset();
    },
    again: fails(reset),
  },
} as const satisfies Record<string, Fault>;

/** Faults of a handler's invocation. */
export const INVOCATION_FAULTS = [
  /** The function's process ends before any work. The state machine retries the step, twice at most. */
  'crash',
  /** The function cannot be invoked for now. */
  'refused',
  /** The function has done its work, but its answer is lost. It is invoked again. */
  'unanswered',
  /** The function is invoked twice concurrently. */
  'twice',
  /** The same event is delivered again, some time after it was processed. */
  'redelivered',
] as const;

/** Events around the workflow, right before a handler is invoked. */
export const SURROUNDINGS = [
  /** All changes of the tenant are delivered late. */
  'lag',
  /** The changes of one key are delivered late, from a shard of its own. */
  'lagOfKey',
  /** The tenant's shard splits while it lags. Its children begin after its end. */
  'split',
  /** A process of the application is suspended; its monotonic clock stands still meanwhile. */
  'suspendedRouter',
  /** The tenant's changes in a table are trimmed before they are read. */
  'trimmed',
  /** A table's stream is turned off, and on again. */
  'replaced',
] as const;

export type CallFault = keyof typeof CALL_FAULTS;
export type InvocationFault = (typeof INVOCATION_FAULTS)[number];
export type EnvironmentFault = (typeof SURROUNDINGS)[number];
export type FaultName = CallFault | InvocationFault | EnvironmentFault;

export const isCallFault = (name: FaultName): name is CallFault => name in CALL_FAULTS;
export const isSurrounding = (name: FaultName): name is EnvironmentFault =>
  (SURROUNDINGS as readonly string[]).includes(name);
export const isFault = (name: string): name is FaultName =>
  name in CALL_FAULTS || [...INVOCATION_FAULTS, ...SURROUNDINGS].some((one) => one === name);

/** Steps before which the lag of capture, and the routes in use, matter. */
const AROUND_FENCES = [
  'CompareSegment',
  'CompareSegmentAgain',
  'ShortenLease',
  'CatchUp',
  'CutOver',
  'ConfirmRegistry',
  'CompareKeptSegment',
  'CompareSegmentReverse',
  'CatchUpReverse',
  'ShortenLeaseReverse',
  'CutOverReverse',
  'CompareTargetSegment',
  'DiscardTarget',
];

const CUTOVERS = ['CutOver', 'CutOverReverse'];

/** Handlers that are not invoked by the migration's own executions. */
const CALLED_BY_OTHERS = ['CaptureChanges', 'WatchFence'];

/**
 * Returns the faults to try at such a call. A read gets fewer: it does not matter if a read without an answer took effect, and a
 * worker that freezes before a read knows less outdated state than one that freezes before a write.
 */
export const faultsOf = (id: Omit<CallId, 'ordinal'>): readonly FaultName[] => {
  const isOperator = /^[a-z]/.test(id.state);
  if (id.operation === STREAMS) return ['trimmed', ...(isOwn(id.tables) ? (['replaced'] as const) : [])];
  if (id.operation === INVOKE) {
    if (id.state === 'CaptureChanges') return ['crash', 'unanswered', 'twice', 'redelivered'];
    const around = ['lag', 'split', 'suspendedRouter'] as const;
    const ofKey = CUTOVERS.includes(id.state) ? (['lagOfKey'] as const) : [];
    return [
      'crash',
      'refused',
      'unanswered',
      'twice',
      ...(AROUND_FENCES.includes(id.state) ? around : []),
      ...ofKey,
    ];
  }
  const reads: readonly FaultName[] = ['timeout', 'throttle', 'kill', 'slowAnswer'];
  const dies: readonly FaultName[] = isOperator || isRead(id) ? [] : ['dieAfter'];
  const tardy: readonly FaultName[] = ['slow', 'late', 'beyondFlip'];
  const writes: readonly FaultName[] = ['before', 'lost', 'repeated', 'killAfter', ...reads, ...tardy];
  const maySuspend = !isOperator && !isRead(id) && !CALLED_BY_OTHERS.includes(id.state);
  const parts = id.operation.startsWith('Batch') ? (['partly'] as const) : [];
  return [
    ...(isRead(id) ? reads : writes),
    ...dies,
    ...(maySuspend ? (['freeze', 'suspended'] as const) : []),
    ...parts,
  ];
};

/** Returns the faults that depend on their time, to try at the last of several equal calls. */
export const faultsOfLast = (id: Omit<CallId, 'ordinal'>): readonly FaultName[] =>
  faultsOf(id).filter((fault) => LAST.includes(fault));
const LAST: readonly FaultName[] = [
  'lost',
  'kill',
  'killAfter',
  'dieAfter',
  'freeze',
  'suspended',
  'beyondFlip',
  'slowAnswer',
  'redelivered',
  'unanswered',
  'lag',
  'lagOfKey',
  'split',
  'suspendedRouter',
];

/** True for dedicated tables. A replaced stream of a shared table would lose the changes of other tenants too. */
const isOwn = (tables: string): boolean => tables.startsWith('own-');

const json = (statusCode: number, body: object): Answer => ({
  statusCode,
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'planted' },
  body: Readable.from([Buffer.from(JSON.stringify(body))]),
});

const refusal = (shape: string, more: object = {}): Answer =>
  json(400, { __type: `com.amazonaws.dynamodb.v20120810#${shape}`, message: 'planted', ...more });

/** [API reference: TransactionCanceledException, ProvisionedThroughputExceededException; Step Functions: ThrottlingException] */
const throttled = ({ operation, sent }: Befallen): Answer => {
  if (operation === 'TransactWriteItems') {
    const [first, ...others] = sent.TransactItems ?? [];
    const CancellationReasons = [
      ...(first ? [{ Code: 'TransactionConflict', Message: 'planted' }] : []),
      ...others.map(() => ({ Code: 'None' })),
    ];
    return refusal('TransactionCanceledException', { Message: 'planted', CancellationReasons });
  }
  return refusal(
    /Table|Execution|Backup|TimeToLive/.test(operation)
      ? 'ThrottlingException'
      : 'ProvisionedThroughputExceededException',
  );
};

type Batch = Record<string, unknown[] | { Keys: unknown[] }>;

/** Does half of a batch, or none of a single item, and returns the rest as unprocessed. */
const doPartly = async (call: Befallen): Promise<Answer> => {
  const batch = (call.sent as { RequestItems?: Batch }).RequestItems ?? {};
  const [some, rest]: [Batch, Batch] = [{}, {}];
  for (const [table, asked] of Object.entries(batch)) {
    const all = Array.isArray(asked) ? asked : asked.Keys;
    const half = Math.floor(all.length / 2);
    const as = (part: unknown[]) => (Array.isArray(asked) ? part : { ...asked, Keys: part });
    if (half > 0) some[table] = as(all.slice(0, half));
    rest[table] = as(all.slice(half));
  }
  const left = { [call.operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems']: rest };
  if (Object.keys(some).length === 0) return json(200, left);
  const answer = await call.send({ ...call.sent, RequestItems: some });
  if (answer.statusCode !== 200 || !answer.body) return answer;
  const done: object = JSON.parse(await text(answer.body));
  return json(200, { ...done, ...left });
};
