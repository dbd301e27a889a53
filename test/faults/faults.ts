import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallId, INVOKE, isRead, STREAMS } from './calls.ts';

/** An HTTP answer, as the SDK's transport hands it on. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body?: Readable;
}

/** A call that a fault befalls. */
export interface Befallen {
  readonly operation: string;
  /** What was sent, parsed. */
  readonly sent: { readonly TransactItems?: readonly unknown[] | undefined };
  /** Sends it; with another body where one is given. */
  send(body?: object): Promise<Answer>;
  /** Ends when the caller gives the call up. */
  readonly signal: AbortSignal | undefined;
  /** How long something takes that takes its time, in ms: drawn anew for each run. */
  readonly slowMs: number;
  /** From now on nothing of the workflow acts any more. Resolves when its executions have ended. */
  kill(): Promise<void>;
  /** The function's process ends: it does nothing more, and its execution learns it. */
  die(): void;
  /** Ends the executions; what runs goes on, as on Lambda. */
  stop(): Promise<void>;
  /** Stands still for so many ms, and the monotonic clock of the caller with it. */
  suspend(ms: number): Promise<void>;
  /**
   * Resolves right after the tenant's next flip, either way, and some writes of the application; but after so many ms at
   * the latest.
   */
  afterFlip(mostMs: number): Promise<void>;
  /** From now on every call of the migration fails, for so many ms. */
  cutOff(ms: number): void;
  /** Something that goes on although nobody waits for it. */
  leave(work: Promise<unknown>): void;
}

interface Fault {
  /** What the call comes to. */
  readonly first: (call: Befallen) => Promise<Answer>;
  /** What the SDK's further tries of the same call come to. */
  readonly again: (call: Befallen) => Promise<Answer>;
}

const OUTAGE_MS = 400;
/** How late a call may take effect that its caller has given up: a little, and at most, in ms. */
const LATE_MS = 25;
export const LATEST_MS = 4_000;
/** How long a slow call takes, in ms. A call's own time-out is 10 s. */
const SLOW_CALL_MS = { least: 500, most: 5_000 };

/** The process or the whole workflow is gone: no answer, and no second try. */
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
  /** The call never gets there, nor do the SDK's further tries. */
  before: { first: fails(reset), again: fails(reset) },
  /** It happens and nobody learns it; the further tries don't get there. */
  lost: {
    first: async (call) => {
      await sendAndLose(call);
      throw reset();
    },
    again: fails(reset),
  },
  /** It happens and nobody learns it; the SDK tries again and finds what it has done itself. */
  repeated: {
    first: async (call) => {
      await sendAndLose(call);
      throw reset();
    },
    again: (call) => call.send(),
  },
  /** The service is asked too much. */
  throttle: { first: async (call) => throttled(call), again: async (call) => throttled(call) },
  /** The service does a part, and leaves the rest. */
  partly: { first: (call) => doPartly(call), again: (call) => call.send() },
  /** No answer comes, so the caller gives up; the call takes effect a little later. */
  timeout: {
    first: async (call) => {
      call.leave(sleep(LATE_MS).then(() => sendAndLose(call)));
      throw timedOut();
    },
    again: fails(timedOut),
  },
  /** As before, but seconds later, when the caller has tried again and gone on. */
  late: {
    first: async (call) => {
      call.leave(sleep(Math.min(call.slowMs, LATEST_MS)).then(() => sendAndLose(call)));
      throw timedOut();
    },
    again: (call) => call.send(),
  },
  /** The same, right after the flip: the application writes the other table by then. */
  beyondFlip: {
    first: async (call) => {
      call.leave(call.afterFlip(LATEST_MS).then(() => sendAndLose(call)));
      throw timedOut();
    },
    again: (call) => call.send(),
  },
  /** It takes seconds until the call takes effect, and it succeeds. */
  slow: {
    first: async (call) => {
      await waitSlowly(call);
      return call.send();
    },
    again: (call) => call.send(),
  },
  /** It takes effect at once, and its answer takes seconds: what was read is old by then. */
  slowAnswer: {
    first: async (call) => {
      const answer = await call.send();
      await waitSlowly(call);
      return answer;
    },
    again: (call) => call.send(),
  },
  /** The workflow is killed when the call is about to be made. */
  kill: {
    first: async (call) => {
      await call.kill();
      throw new Killed('planted');
    },
    again: fails(() => new Killed('planted')),
  },
  /** The workflow is killed when the call has been made. */
  killAfter: {
    first: async (call) => {
      await sendAndLose(call);
      await call.kill();
      throw new Killed('planted');
    },
    again: fails(() => new Killed('planted')),
  },
  /** The function's process ends when the call has been made. The state machine runs the step again, twice at most. */
  dieAfter: {
    first: async (call) => {
      await sendAndLose(call);
      call.die();
      throw new Killed('planted');
    },
    again: fails(() => new Killed('planted')),
  },
  /** The worker freezes, its execution is stopped, the next attempt begins; then the worker thaws and goes on. */
  freeze: {
    first: async (call) => {
      await call.stop();
      await sleep(call.slowMs, undefined, call.signal ? { signal: call.signal } : {});
      return call.send();
    },
    again: (call) => call.send(),
  },
  /** As freeze, but the worker's machine is suspended: its monotonic clock stands still meanwhile. */
  suspended: {
    first: async (call) => {
      await call.stop();
      await call.suspend(call.slowMs);
      call.signal?.throwIfAborted();
      return call.send();
    },
    again: (call) => call.send(),
  },
  /** Everything is out of reach for a while. */
  outage: {
    first: async (call) => {
      call.cutOff(OUTAGE_MS);
      throw reset();
    },
    again: fails(reset),
  },
} as const satisfies Record<string, Fault>;

/** Faults of the call of a handler. */
export const INVOCATION_FAULTS = [
  /** The function's process ends before it has done anything. The state machine runs the step again, twice at most. */
  'crash',
  /** It can't be called for now. */
  'refused',
  /** It has done its work, and its answer is lost: it is called again. */
  'unanswered',
  /** It is called twice, side by side. */
  'twice',
  /** The same event comes once more, some time after it was taken. */
  'redelivered',
] as const;

/** What happens around the workflow while a handler is about to be called. */
export const SURROUNDINGS = [
  /** All changes of the tenant come late. */
  'lag',
  /** The changes of one key come late: it lies in a shard of its own. */
  'lagOfKey',
  /** The tenant's shard splits while it is behind: its children begin after its end. */
  'split',
  /** A process of the application is suspended; its monotonic clock stands still meanwhile. */
  'suspendedRouter',
  /** The tenant's changes in a table are trimmed before they were read. */
  'trimmed',
  /** A table's stream is turned off, and on again. */
  'replaced',
] as const;

export type CallFault = keyof typeof CALL_FAULTS;
export type InvocationFault = (typeof INVOCATION_FAULTS)[number];
export type Surrounding = (typeof SURROUNDINGS)[number];
export type FaultName = CallFault | InvocationFault | Surrounding;

export const isCallFault = (name: FaultName): name is CallFault => name in CALL_FAULTS;
export const isSurrounding = (name: FaultName): name is Surrounding =>
  (SURROUNDINGS as readonly string[]).includes(name);
export const isFault = (name: string): name is FaultName =>
  name in CALL_FAULTS || [...INVOCATION_FAULTS, ...SURROUNDINGS].some((one) => one === name);

/** Steps before which it matters how far capture is, and who believes in which route. */
const AROUND_FENCES = [
  'CompareSegment',
  'CompareSegmentAgain',
  'ShortenLease',
  'CatchUp',
  'CutOver',
  'ConfirmRegistry',
  'CompareKeptSegment',
  'CompareSegmentBack',
  'CatchUpBack',
  'ShortenLeaseBack',
  'CutBack',
  'CompareTargetLeft',
  'DiscardTarget',
];

const CUTOVERS = ['CutOver', 'CutBack'];

/** Handlers that other callers than the migration's own executions call. */
const CALLED_BY_OTHERS = ['CaptureChanges', 'WatchFence'];

/**
 * What may befall such a call. Whether a read that gives no answer has happened makes no difference, and a worker that
 * freezes before it reads knows less that is old than one that freezes before it writes.
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
  const mayFreeze = !isOperator && !isRead(id) && !CALLED_BY_OTHERS.includes(id.state);
  const parts = id.operation.startsWith('Batch') ? (['partly'] as const) : [];
  return [
    ...(isRead(id) ? reads : writes),
    ...dies,
    ...(mayFreeze ? (['freeze', 'suspended'] as const) : []),
    ...parts,
  ];
};

/** What is worth a try at a call of which the like has had everything: what depends on when it happens. */
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

/** Of tables that no other tenant shares: a stream that is replaced has lost the changes of all of them. */
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

/** Half of a batch is done, nothing of a single one; the rest comes back as unprocessed. */
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
