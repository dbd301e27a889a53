import aslValidator from 'asl-validator';
import { withoutQualifier } from '../../functions/aws/workflow.ts';
import { EXECUTION_NAME_CHARACTERS, STATE_PAYLOAD_BYTES } from '../../functions/migration/limits.ts';
import { executionArn, functionName, machineArn, REGION, ROLE } from './arns.ts';
import { ChildExecutions, splitDefinition } from './child-executions.ts';
import { type Definition, type PlacedState, parseDefinition } from './definition.ts';
import { type ExecutionLog, NO_EXECUTION_LOG } from './execution-log.ts';
import {
  type ExecutionResult,
  endEntry,
  type HistoryEntry,
  type HistoryEvent,
  historian,
  numbered,
  started,
  taskEntries,
} from './history.ts';
import { afterEndError, type Interpretation, interpret, type Overrides } from './interpreter.ts';
import type { LocalFunction } from './invoke.ts';
import type { JSONValue } from './json.ts';
import { ServiceError } from './service-error.ts';
import { historyFull } from './strict/step-functions/history-limit.ts';
import { outputTooLarge } from './strict/step-functions/output-limit.ts';
import type { StepFunctionsSettings } from './strict/step-functions/step-functions-settings.ts';
import { callTask, type NestedExecution } from './task-caller.ts';

const INTERRUPTED: ExecutionResult = {
  status: 'ABORTED',
  error: 'Local.Interrupted',
  cause: 'the process that ran this execution has ended',
};
const STOPPED: ExecutionResult = {
  status: 'ABORTED',
  error: 'Local.Stopped',
  cause: 'the embedded stack was stopped while this execution ran',
};
/** Time that running tasks have to end when the stack is stopped, in ms. */
const CLOSE_MS = 3_000;

export interface StateMachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly roleArn: string;
  readonly createdAt: number;
  readonly definition: Definition;
}

export interface Execution {
  /** Position in the order of starts, from 1. */
  readonly number: number;
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly input: string;
  readonly startedAt: number;
  /** Absent while it runs. */
  ending?: ExecutionResult;
  endedAt?: number;
  readonly history: HistoryEvent[];
}

/** A running execution of this process. */
interface RunningExecution {
  readonly interpretation: Interpretation;
  readonly ended: Promise<void>;
  /** Executions that it started and waits for. */
  readonly nested: Set<string>;
}

/** The callbacks and context of one history: that of an execution, or of an item of a distributed Map. */
interface ItemRun {
  readonly note: (happening: HistoryEntry) => void;
  /** Ends it at once; no Catch sees it. */
  readonly fail: (ending: ExecutionResult) => void;
  readonly isOver: () => boolean;
  readonly context: Parameters<typeof interpret>[2]['context'];
  readonly nested: Set<string>;
}

export interface ExecutionsOptions {
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly executionLog?: ExecutionLog;
  readonly overrides?: Overrides;
  /** Limits and delays as on AWS; absent for none. */
  readonly strict?: StepFunctionsSettings | undefined;
  /** Called for each execution that ends while this process runs it. */
  readonly onEnd?: (execution: Execution) => void;
}

/** State machines and their executions on this machine, with the service's rules for names, inputs and ends. */
export class Executions {
  readonly #functions: ReadonlyMap<string, LocalFunction>;
  readonly #executionLog: ExecutionLog;
  readonly #overrides: Overrides;
  readonly #strict: StepFunctionsSettings | undefined;
  #onEnd: (execution: Execution) => void = () => {};
  readonly #machines = new Map<string, StateMachineRecord>();
  readonly #executions = new Map<string, Execution>();
  readonly #running = new Map<string, RunningExecution>();
  readonly #tasks = new Set<Promise<unknown>>();

  /** Restores machines and executions from the journal. Executions that were running then become ABORTED. */
  constructor(options: ExecutionsOptions) {
    const { functions, executionLog = NO_EXECUTION_LOG, overrides = {}, strict, onEnd = () => {} } = options;
    this.#functions = functions;
    this.#executionLog = executionLog;
    this.#overrides = overrides;
    this.#strict = strict;
    this.#recover();
    // set last: executions of an earlier process are not reported
    this.#onEnd = onEnd;
  }

  /**
   * Creates a machine. Idempotent by name and definition.
   * @throws ServiceError InvalidName, InvalidDefinition, StateMachineAlreadyExists
   */
  create(name: string, text: string, roleArn = ROLE): StateMachineRecord {
    checkName(name);
    const arn = machineArn(name);
    const before = this.#machines.get(arn);
    if (before?.definition.text === text) return before;
    if (before) {
      throw new ServiceError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
    }
    return this.#define({ name, definition: text, roleArn, createdAt: Date.now() });
  }

  /** Creates or replaces a machine of the deployment. */
  deploy(name: string, text: string): StateMachineRecord {
    const before = this.#machines.get(machineArn(name));
    if (before?.definition.text === text) return before;
    return this.#define({
      name,
      definition: text,
      roleArn: ROLE,
      createdAt: before?.createdAt ?? Date.now(),
    });
  }

  machines(): StateMachineRecord[] {
    return [...this.#machines.values()].sort((a, b) => b.createdAt - a.createdAt);
  }

  /** @throws ServiceError StateMachineDoesNotExist, InvalidArn */
  machine(arn: string): StateMachineRecord {
    checkArn(arn, 'stateMachine');
    // an embedded machine has one version
    const found = this.#machines.get(withoutQualifier(arn));
    if (!found) throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  }

  /**
   * Starts an execution. The same name with the same input returns the execution that is running under it.
   * @throws ServiceError ExecutionAlreadyExists for a name that is closed or has another input, InvalidName,
   * InvalidExecutionInput, StateMachineDoesNotExist, InvalidArn
   */
  start(arn: string, name: string, input: string): Execution {
    const machine = this.machine(arn);
    checkName(name);
    const value = parseInput(input);
    const id = executionArn(machine.arn, name);
    const before = this.#executions.get(id);
    if (before) {
      if (!before.ending && before.input === input) return before;
      throw new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${id}'`);
    }
    const execution: Execution = {
      number: this.#executions.size + 1,
      arn: id,
      machineArn: machine.arn,
      name,
      input,
      startedAt: Date.now(),
      history: [],
    };
    const { machineArn, startedAt } = execution;
    this.#executionLog.add({ entry: 'started', arn: id, machineArn, name, input, startedAt });
    this.#executions.set(id, execution);
    this.#note(execution, started(input, machine.roleArn, execution.startedAt));
    this.#run(execution, machine, value);
    return execution;
  }

  /** @throws ServiceError ExecutionDoesNotExist, InvalidArn */
  execution(arn: string): Execution {
    checkArn(arn, 'execution');
    const found = this.#executions.get(arn);
    if (!found) throw new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  /** Returns a machine's executions, latest first. */
  of(arn: string): Execution[] {
    return [...this.#executions.values()].filter((child) => child.machineArn === arn).reverse();
  }

  /** Ends an execution: none of its states begins any more. Does nothing to one that has ended. */
  stop(execution: Execution, error?: string, cause?: string): void {
    this.#stop(execution, {
      status: 'ABORTED',
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    });
  }

  /** Resolves when the execution has ended. */
  async ended(execution: Execution): Promise<void> {
    await this.#running.get(execution.arn)?.ended;
  }

  /** Stops all executions, and gives running tasks a moment to end. */
  async close(): Promise<void> {
    for (const arn of [...this.#running.keys()]) this.#stop(this.execution(arn), STOPPED);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_MS);
    await Promise.race([late, Promise.allSettled(this.#tasks)]);
    clearTimeout(timer);
    this.#executionLog.close();
  }

  #define(machine: { name: string; definition: string; roleArn: string; createdAt: number }) {
    const { name, roleArn, createdAt } = machine;
    const record = {
      arn: machineArn(name),
      name,
      roleArn,
      createdAt,
      definition: define(machine.definition),
    };
    this.#executionLog.add({ entry: 'machine', ...machine });
    this.#machines.set(record.arn, record);
    return record;
  }

  #run(execution: Execution, machine: StateMachineRecord, input: JSONValue): void {
    const nested = new Set<string>();
    const interpretation = this.#interpret(machine.definition, input, {
      note: (happening) => this.#note(execution, happening),
      fail: (ending) => this.#cut(execution, ending),
      isOver: () => execution.ending !== undefined,
      context: {
        Execution: {
          Id: execution.arn,
          Name: execution.name,
          RoleArn: machine.roleArn,
          StartTime: new Date(execution.startedAt).toISOString(),
          Input: input,
        },
        StateMachine: { Id: machine.arn, Name: machine.name },
      },
      nested,
    });
    const done = interpretation.result.then((ending) => {
      this.#running.delete(execution.arn);
      if (ending) this.#end(execution, ending);
    });
    this.#running.set(execution.arn, { interpretation, ended: done, nested });
  }

  #interpret(definition: Definition, input: JSONValue, run: ItemRun): Interpretation {
    const { parent, items } = splitDefinition(definition);
    const children = new ChildExecutions();
    const historyEntriesOf = historian(parent);
    const interpretation = interpret(parent, input, {
      context: run.context,
      task: (placed, taskInput) => {
        const item = items.get(placed.name);
        if (item) return children.outputOf(placed, this.#interpretItem(item, taskInput, run));
        return this.#track(this.#task(run, placed, taskInput));
      },
      onEvent: (event) => {
        children.follow(event);
        for (const child of historyEntriesOf(event)) run.note(child);
        const tooLarge = this.#strict?.boundedOutput ? outputTooLarge(event) : undefined;
        if (tooLarge) run.fail(tooLarge);
      },
      overrides: this.#overrides,
    });
    const abort = () => {
      interpretation.abort();
      children.stop();
    };
    return {
      abort,
      result: interpretation.result.finally(() => children.stop()),
    };
  }

  /** Runs an item of a distributed Map. Its history has a limit of its own and is not kept. */
  #interpretItem(definition: Definition, input: JSONValue, run: ItemRun): Interpretation {
    let events = 1;
    const isOver = () => events >= this.#mostEvents();
    const item: Interpretation = this.#interpret(definition, input, {
      ...run,
      note: () => {
        events += 1;
        if (isOver()) item.abort();
      },
      fail: () => item.abort(),
      isOver: () => isOver() || run.isOver(),
    });
    return item;
  }

  async #task({ note, isOver, nested }: ItemRun, placed: PlacedState, input: JSONValue): Promise<JSONValue> {
    const resource = placed.state.Resource ?? '';
    const events = taskEntries(resource, functionName(resource) !== undefined, REGION);
    const noteAll = (...all: HistoryEntry[]) => {
      if (!placed.isDistributed) for (const child of all) note(child);
    };
    noteAll(...events.begun(input));
    // those events may have filled the history
    if (isOver()) throw afterEndError(placed.name);
    try {
      const output = await callTask(placed, input, {
        functions: this.#functions,
        start: (machine, name, text) => this.start(machine, name, text),
        startAndWait: (machine, name, text) => this.#startAndWait(machine, name, text, nested),
      });
      noteAll(events.succeeded(output));
      return output;
    } catch (error) {
      if (error instanceof Error) noteAll(events.failed(error.name, error.message));
      throw error;
    }
  }

  async #startAndWait(
    machine: string,
    name: string,
    input: string,
    nested: Set<string>,
  ): Promise<NestedExecution> {
    const execution = this.start(machine, name, input);
    nested.add(execution.arn);
    await this.ended(execution);
    nested.delete(execution.arn);
    const { ending = INTERRUPTED, endedAt = Date.now() } = execution;
    return { ...execution, ending, endedAt };
  }

  #stop(execution: Execution, ending: ExecutionResult): void {
    if (this.#running.has(execution.arn)) this.#cut(execution, ending);
  }

  /** Ends an execution and the ones that it has started. */
  #cut(execution: Execution, ending: ExecutionResult): void {
    if (execution.ending) return;
    const running = this.#running.get(execution.arn);
    this.#end(execution, ending);
    running?.interpretation.abort();
    // Step Functions stops the executions that a .sync task has started, together with the one that waits for them
    for (const arn of running?.nested ?? []) {
      this.#stop(this.execution(arn), {
        ...(ending.status === 'ABORTED' ? ending : {}),
        status: 'ABORTED',
        cause: 'the execution that started it was stopped',
      });
    }
  }

  #end(execution: Execution, ending: ExecutionResult): void {
    if (execution.ending) return;
    const endedAt = Date.now();
    this.#record(execution, endEntry(ending, endedAt));
    execution.ending = ending;
    execution.endedAt = endedAt;
    this.#executionLog.add({ entry: 'ended', arn: execution.arn, endedAt, ending });
    this.#onEnd(execution);
  }

  /** Adds an event to the history. Events after the end, e.g. of a task that was running, are dropped. */
  #note(execution: Execution, happening: HistoryEntry): void {
    if (execution.ending) return;
    const maxEvents = this.#mostEvents();
    // the last event of a full history is that of its end
    if (execution.history.length >= maxEvents - 1) this.#cut(execution, historyFull(maxEvents));
    else this.#record(execution, happening);
  }

  #mostEvents(): number {
    return this.#strict?.historyEvents ?? Number.POSITIVE_INFINITY;
  }

  #record(execution: Execution, happening: HistoryEntry): void {
    const event = numbered(happening, execution.history.length);
    execution.history.push(event);
    this.#executionLog.add({ entry: 'event', arn: execution.arn, event });
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const tracked: Promise<unknown> = work.then(
      () => this.#tasks.delete(tracked),
      () => this.#tasks.delete(tracked),
    );
    this.#tasks.add(tracked);
    return work;
  }

  #recover(): void {
    for (const entry of this.#executionLog.entries) {
      if (entry.entry === 'machine') {
        const { name, roleArn, createdAt, definition } = entry;
        const arn = machineArn(name);
        this.#machines.set(arn, { arn, name, roleArn, createdAt, definition: parseDefinition(definition) });
      } else if (entry.entry === 'started') {
        const { entry: _, ...execution } = entry;
        this.#executions.set(entry.arn, { number: this.#executions.size + 1, ...execution, history: [] });
      } else if (entry.entry === 'event') {
        this.#executions.get(entry.arn)?.history.push(entry.event);
      } else {
        const execution = this.#executions.get(entry.arn);
        if (execution) Object.assign(execution, { ending: entry.ending, endedAt: entry.endedAt });
      }
    }
    for (const execution of this.#executions.values()) this.#end(execution, INTERRUPTED);
  }
}

const define = (text: string): Definition => {
  try {
    const definition = parseDefinition(text);
    const { isValid, errorsText } = aslValidator(definition.machine, { checkArn: true, checkPaths: true });
    if (!isValid) throw new Error(errorsText('\n'));
    return definition;
  } catch (error) {
    throw new ServiceError(
      'InvalidDefinition',
      `Invalid State Machine Definition: '${error instanceof Error ? error.message : error}'`,
    );
  }
};

/** [Step Functions API reference, StartExecution: name] */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;

const checkName = (name: string): void => {
  if (name.length < 1 || name.length > EXECUTION_NAME_CHARACTERS || FORBIDDEN.test(name))
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
};

const checkArn = (arn: string, kind: 'stateMachine' | 'execution'): void => {
  if (!new RegExp(`^arn:aws[\\w-]*:states:[\\w-]+:\\d{12}:${kind}:.+`).test(arn))
    throw new ServiceError('InvalidArn', `Invalid Arn: '${arn}'`);
};

const parseInput = (input: string): JSONValue => {
  if (Buffer.byteLength(input) > STATE_PAYLOAD_BYTES) {
    throw new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: more than ${STATE_PAYLOAD_BYTES} bytes`,
    );
  }
  try {
    return JSON.parse(input);
  } catch (error) {
    throw new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${error instanceof Error ? error.message : error}'`,
    );
  }
};
