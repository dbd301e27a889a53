import * as z from 'zod';
import { type Definition, type PlacedState, parseDefinition } from './definition.ts';
import type { Interpretation, InterpreterEvent } from './interpreter.ts';
import type { JSONValue } from './json.ts';
import { TaskError } from './task-error.ts';

/**
 * Name and text of the error as on AWS. An inline Map passes on its item's own error; a distributed one never does.
 * [Setting failure thresholds for Distributed Map states]
 */
const FAILED = {
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
};
/** Longest time-out of a Task that the interpreter supports, in s: its timers count ms in 31 bits. */
const NO_TIMEOUT_SECONDS = 2_000_000;

/**
 * A definition in which each distributed Map runs one Task per item, and the definition that each such Task runs, by its
 * name.
 */
export interface SplitDefinition {
  readonly parent: Definition;
  readonly items: ReadonlyMap<string, Definition>;
}

/** Results by definition: the execution of every item splits its own definition, too. */
const known = new WeakMap<Definition, SplitDefinition>();

/**
 * Moves the item processors of distributed Maps into definitions of their own: on AWS each item is an execution of its own.
 * [Using Map state in Distributed mode]
 */
export const splitDefinition = (definition: Definition): SplitDefinition => {
  const found = known.get(definition) ?? splitState(definition);
  known.set(definition, found);
  return found;
};

const splitState = (definition: Definition): SplitDefinition => {
  const items = new Map<string, Definition>();
  const parent = splitMachine(Machine.parse(JSON.parse(definition.text)), items);
  return items.size === 0
    ? { parent: definition, items }
    : { parent: parseDefinition(JSON.stringify(parent)), items };
};

const Machine = z.looseObject({ States: z.record(z.string(), z.looseObject({ Type: z.string() })) });
type Machine = z.output<typeof Machine>;
const Branches = z.array(Machine);
const Processor = Machine.extend({ ProcessorConfig: z.looseObject({ Mode: z.string() }).optional() });

const splitMachine = (machine: Machine, items: Map<string, Definition>): Machine => ({
  ...machine,
  States: Object.fromEntries(
    Object.entries(machine.States).map(([name, state]) => {
      if (state.Branches !== undefined) {
        const branches = Branches.parse(state.Branches).map((branch) => splitMachine(branch, items));
        return [name, { ...state, Branches: branches }];
      }
      if (state.ItemProcessor === undefined) return [name, state];
      const { ProcessorConfig, ...processor } = Processor.parse(state.ItemProcessor);
      if (ProcessorConfig?.Mode !== 'DISTRIBUTED') {
        return [name, { ...state, ItemProcessor: { ProcessorConfig, ...splitMachine(processor, items) } }];
      }
      const item = `one item of ${name}`;
      items.set(item, parseDefinition(JSON.stringify(processor)));
      const task = { Type: 'Task', Resource: item, TimeoutSeconds: NO_TIMEOUT_SECONDS, End: true };
      return [
        name,
        { ...state, ItemProcessor: { ProcessorConfig, StartAt: item, States: { [item]: task } } },
      ];
    }),
  ),
});

/** The running executions that a parent's distributed Maps have started. */
export class ChildExecutions {
  readonly #running = new Map<Interpretation, readonly string[]>();

  /** Waits for an item's execution. @throws TaskError with the Map's own error, as on AWS, whatever the item's error was. */
  async outputOf(placed: PlacedState, child: Interpretation): Promise<JSONValue> {
    this.#running.set(child, placed.within);
    const ending = await child.result;
    this.#running.delete(child);
    if (ending?.status !== 'SUCCEEDED') throw new TaskError(FAILED.error, FAILED.cause);
    return JSON.parse(ending.output ?? 'null');
  }

  /** Stops the other items of a Map whose threshold is exceeded, or of a Parallel state that has failed. */
  follow(event: InterpreterEvent): void {
    if (event.type !== 'MapIterationFailed' && event.type !== 'ParallelBranchFailed') return;
    const { name } = event.parentState;
    for (const [child, within] of this.#running) if (within.includes(name)) child.abort();
  }

  stop(): void {
    for (const child of this.#running.keys()) child.abort();
  }
}
