import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../../functions/aws/clock.ts';
import type { LambdaContext } from '../../functions/aws/step.ts';
import { epochMs } from '../../functions/migration/names.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { controlTables, type Settings } from '../../functions/migration/settings/settings.ts';
import type { HandlerRun, StackOptions } from '../../scripts/local/stack.ts';
import { SuspendableProcess } from '../support/suspendable-process.ts';
import { INVOKE, parseRequest, type Request } from './calls.ts';
import {
  type Answer,
  type Befallen,
  CALL_FAULTS,
  type CallFault,
  type FaultName,
  isCallFault,
  isSurrounding,
  Killed,
  reset,
} from './faults.ts';
import type { Subject } from './subject.ts';

/** The caller of an AWS call: a handler or the operator. */
interface RunningStep {
  readonly state: string;
  /** Tenants for which it works. The stream handler works for several at a time. */
  readonly subjects: readonly Subject[];
  readonly generations: readonly number[];
  /** The migration's attempt, if the caller belongs to one of its executions. */
  readonly attempt: number | undefined;
  /** Faults of calls that the SDK may retry, by call. */
  readonly befallen: Map<string, CallFault>;
  isGone: boolean;
  readonly process: SuspendableProcess;
  /** Rejects when its process dies, which ends the invocation. */
  readonly death: PromiseWithResolvers<never>;
}

/** Handlers that do not die with the migration's execution: another one, or none, invokes them. */
const ON_THEIR_OWN = ['CaptureChanges', 'WatchFence'];
/** States whose handlers flip the tenant. */
const FLIPS = ['CutOver', 'CutOverReverse'];
const MS = 1_000;
/** Time after which an event is delivered a second time, in ms. */
const REDELIVERED_MS = 150;

type Client = Pick<DynamoDBClientConfig, 'extensions'>;

/**
 * Injects planted faults, in the transport of the SDK's clients and between state machines and handlers. It attributes every
 * call to a state and a tenant, and numbers it.
 */
export class FaultInjector {
  readonly #acting = new AsyncLocalStorage<RunningStep>();
  readonly #subjects = new Map<string, Subject>();
  readonly #kinds: ReadonlyMap<string, string>;
  readonly #stop: (subject: Subject, attempt: number) => Promise<void>;

  /** @param stop ends the executions of an attempt of the subject's migration. */
  constructor(
    settings: Pick<Settings, 'prefix'>,
    stop: (subject: Subject, attempt: number) => Promise<void>,
  ) {
    this.#kinds = new Map(Object.entries(controlTables(settings)).map(([kind, table]) => [table, kind]));
    this.#stop = stop;
  }

  /** Begins to attribute calls to this tenant. */
  add(subject: Subject): void {
    this.#subjects.set(subject.options.token, subject);
  }

  remove(subject: Subject): void {
    this.#subjects.delete(subject.options.token);
  }

  /** Runs an action of the operator under a lower-case name. */
  asOperator<T>(subject: Subject, name: string, work: () => Promise<T>): Promise<T> {
    return this.#acting.run(actingFor(name, [subject]), work);
  }

  readonly client: Client = {
    extensions: [
      {
        configure: (config) => {
          const handler = config.httpHandler();
          const handle = handler.handle.bind(handler);
          handler.handle = (request, options) => {
            const acting = this.#acting.getStore();
            if (!acting) return handle(request, options);
            const body = String(request.body);
            const send = async (given?: object): Promise<Answer> => {
              if (given === undefined) return (await handle(request, options)).response;
              const text = JSON.stringify(given);
              const headers = { ...request.headers, 'content-length': String(Buffer.byteLength(text)) };
              const other = Object.assign(Object.create(Object.getPrototypeOf(request)), request);
              return (await handle(Object.assign(other, { body: text, headers }), options)).response;
            };
            const signal = options?.abortSignal as AbortSignal | undefined;
            return this.#perform(acting, parseRequest(request.headers, body), send, signal).then(
              (response) => ({ response: response as Awaited<ReturnType<typeof handle>>['response'] }),
            );
          };
        },
      },
    ],
  };

  readonly wrapHandler: NonNullable<StackOptions['wrapHandler']> =
    (state, run) => (ports, event, context) => {
      const subjects = this.#subjectsOf(event);
      if (subjects.length === 0) return run(ports, event, context);
      return this.#invoke(state, subjects, run, [ports, event, context]);
    };

  async #invoke(
    state: string,
    subjects: readonly Subject[],
    run: HandlerRun,
    [ports, event, context]: readonly [Ports, unknown, LambdaContext],
  ): ReturnType<HandlerRun> {
    const call = (): ReturnType<HandlerRun> => {
      const acting = actingFor(state, subjects, attemptOf(event));
      const { clock } = acting.process;
      const now = () => epochMs(clock.now() + aheadMsOf(subjects));
      const given = { ...ports, clock: { ...clock, now } };
      const watched = FLIPS.includes(state) ? watchingFlips(given, subjects) : given;
      const result = this.#acting.run(acting, () => run(watched, withTimesAhead(event, subjects), context));
      for (const subject of subjects) subject.leave(result);
      return Promise.race([result, acting.death.promise]);
    };
    const fault = faultOf(subjects, { state, operation: INVOKE, tables: '' });
    for (const { hooks } of subjects) {
      const hook = hooks.get(state);
      hooks.delete(state);
      await hook?.();
    }
    if (fault !== undefined && isSurrounding(fault))
      await Promise.all(subjects.map((subject) => subject.surround(fault)));
    switch (fault) {
      case 'crash':
        throw named('Runtime.ExitError');
      case 'refused':
        throw named('Lambda.TooManyRequestsException');
      case 'unanswered':
        await call();
        throw named('Lambda.Unknown');
      case 'twice':
        call().catch(() => undefined);
        return call();
      case 'redelivered': {
        const again = sleep(REDELIVERED_MS).then(call);
        again.catch(() => undefined);
        for (const subject of subjects) subject.leave(again);
        return call();
      }
      default:
        return call();
    }
  }

  async #perform(
    acting: RunningStep,
    request: Request,
    send: Befallen['send'],
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const { state, subjects, generations } = acting;
    // watchdog and capture do not die with the workflow
    const isKilled =
      !isOnItsOwn(acting) && subjects.some(({ generation }, n) => generation !== generations[n]);
    if (isKilled || acting.isGone) throw new Killed('planted: nothing acts any more');
    const call = this.#befallen(acting, request, send, signal);
    const before = acting.befallen.get(request.invocation);
    if (before) return CALL_FAULTS[before].again(call);
    let befalls: FaultName | undefined;
    for (const subject of subjects) {
      subject.inspect(state, request);
      const id = { state, operation: request.operation, tables: this.#tablesOf(subject, request) };
      befalls = subject.faultAt(subject.count(id)) ?? befalls;
    }
    if (befalls !== undefined && isCallFault(befalls)) {
      acting.befallen.set(request.invocation, befalls);
      return CALL_FAULTS[befalls].first(call);
    }
    if (subjects.some(({ outageUntil }) => performance.now() < outageUntil)) throw reset();
    return send();
  }

  #befallen(
    acting: RunningStep,
    { operation, body }: Request,
    send: Befallen['send'],
    signal: AbortSignal | undefined,
  ): Befallen {
    const { subjects, attempt } = acting;
    const stop = async () => {
      if (attempt === undefined || isOnItsOwn(acting)) return;
      // outside of the killed caller's context, in which the calls to stop the execution would fail too
      await this.#acting.exit(() => Promise.all(subjects.map((subject) => this.#stop(subject, attempt))));
    };
    return {
      operation,
      sent: body,
      send,
      signal,
      slowMs: Math.max(...subjects.map(({ options }) => options.slowMs)),
      stop,
      suspend: (ms) => acting.process.suspend(sleep(ms)),
      async afterFlip(mostMs) {
        const flips = subjects.map(({ nextFlip }) => nextFlip);
        await Promise.race([...flips, sleep(mostMs, undefined, { ref: false })]);
        await Promise.all(subjects.map((subject) => subject.rewrite()));
      },
      die() {
        acting.isGone = true;
        acting.death.reject(named('Runtime.ExitError'));
      },
      async kill() {
        acting.isGone = true;
        if (!isOnItsOwn(acting)) for (const subject of subjects) subject.generation += 1;
        await stop();
      },
      cutOff(ms) {
        for (const subject of subjects) subject.outageUntil = performance.now() + ms;
      },
      leave(work) {
        work.catch(() => undefined);
        for (const subject of subjects) subject.leave(work);
      },
    };
  }

  #tablesOf(subject: Subject, { operation, tables }: Request): string {
    if (operation.endsWith('Execution')) return 'stateMachines';
    const kinds = tables.map((table) => this.#kinds.get(table) ?? subject.kindOf(table) ?? 'another');
    return [...new Set(kinds)].sort().join('+');
  }

  #subjectsOf(event: unknown): Subject[] {
    const { migrationId, Records } = event as {
      migrationId?: string;
      Records?: { dynamodb?: { Keys?: { tenantId?: { S?: string } } } }[];
    };
    if (migrationId !== undefined) {
      const found = this.#subjects.get(migrationId.slice(-8));
      return found ? [found] : [];
    }
    const tenants = new Set((Records ?? []).map(({ dynamodb }) => dynamodb?.Keys?.tenantId?.S));
    return [...this.#subjects.values()].filter(({ options }) => tenants.has(options.tenantId));
  }
}

const aheadMsOf = (subjects: readonly Subject[]): number =>
  Math.max(...subjects.map(({ aheadMs }) => aheadMs));

/** Returns the time that the engine gives to the records of this time, in ms. It rounds down to whole minutes. */
const startOfMinute = (time: number): number => time - (time % 60_000);

/**
 * Moves the times of stream records made since the subjects' clock was set ahead, so that they are as old by that clock as
 * they are in truth. Otherwise each later change would look as if capture had been down until now.
 */
const withTimesAhead = (event: unknown, subjects: readonly Subject[]): unknown => {
  const ahead = aheadMsOf(subjects) / MS;
  const { Records } = event as { Records?: { dynamodb?: { ApproximateCreationDateTime?: number } }[] };
  if (Records === undefined || ahead === 0) return event;
  const since = startOfMinute(Math.min(...subjects.map(({ aheadSince }) => aheadSince))) / MS;
  const moved = Records.map((record) => {
    const made = record.dynamodb?.ApproximateCreationDateTime;
    return made === undefined || made < since
      ? record
      : { ...record, dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: made + ahead } };
  });
  return { ...(event as object), Records: moved };
};

const isOnItsOwn = ({ state, attempt }: RunningStep): boolean =>
  attempt === undefined || ON_THEIR_OWN.includes(state);

const actingFor = (state: string, subjects: readonly Subject[], attempt?: number): RunningStep => {
  const death = Promise.withResolvers<never>();
  // handled, in case no caller awaits it
  death.promise.catch(() => undefined);
  return {
    state,
    subjects,
    generations: subjects.map(({ generation }) => generation),
    attempt,
    befallen: new Map(),
    isGone: false,
    process: new SuspendableProcess(systemClock),
    death,
  };
};

/** Notifies the tenants of their flips, which are events of the migration. */
const watchingFlips = (ports: Ports, subjects: readonly Subject[]): Ports => ({
  ...ports,
  migrations: {
    ...ports.migrations,
    async transition(...given) {
      const next = await ports.migrations.transition(...given);
      const [, , { reason }] = given;
      if (reason.startsWith('flipped')) for (const subject of subjects) subject.hasFlipped();
      return next;
    },
  },
});

const faultOf = (
  subjects: readonly Subject[],
  call: { state: string; operation: string; tables: string },
): FaultName | undefined => subjects.map((subject) => subject.faultAt(subject.count(call))).find(Boolean);

const attemptOf = (event: unknown): number | undefined => (event as { attempt?: number }).attempt;

/** Returns an error with Step Functions' name. [Step Functions: error names; Lambda: Runtime.ExitError] */
const named = (name: string): Error => Object.assign(new Error('planted'), { name });
