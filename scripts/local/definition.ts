import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import * as z from 'zod';

/** The part of a state that the embedded stack reads; asl-validator checks the rest. */
export interface State {
  readonly Type: string;
  readonly Resource?: string | undefined;
  readonly TimeoutSeconds?: number | undefined;
  readonly Branches?: readonly Machine[] | undefined;
  readonly ItemProcessor?: Machine | undefined;
  readonly Iterator?: Machine | undefined;
}
export interface Machine {
  readonly States: Readonly<Record<string, State>>;
  readonly ProcessorConfig?: { readonly Mode?: string | undefined } | undefined;
}

const Machine: z.ZodType<Machine> = z.looseObject({
  States: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Resource: z.string().optional(),
      TimeoutSeconds: z.number().optional(),
      get Branches() {
        return z.array(Machine).optional();
      },
      get ItemProcessor() {
        return Machine.optional();
      },
      get Iterator() {
        return Machine.optional();
      },
    }),
  ),
  ProcessorConfig: z.looseObject({ Mode: z.string().optional() }).optional(),
});

/** A state and its place in the definition. */
export interface PlacedState {
  readonly name: string;
  readonly state: State;
  /** Names of the Map and Parallel states around it, outermost first. */
  readonly within: readonly string[];
  /** True if the state belongs to a child execution of a distributed Map on AWS. */
  readonly isDistributed: boolean;
}

/** A parsed definition. The interpreter has its own type for the same document. */
export interface Definition {
  readonly text: string;
  readonly machine: StateMachineDefinition;
  readonly states: ReadonlyMap<string, PlacedState>;
}

/** @throws z.ZodError or SyntaxError if the text is not a definition at all. */
export const parseDefinition = (text: string): Definition => {
  const document: unknown = JSON.parse(text);
  const states = new Map(
    [...collectStates(Machine.parse(document), [], false)].map((placed) => [placed.name, placed]),
  );
  return { text, machine: document as StateMachineDefinition, states };
};

function* collectStates(
  machine: Machine,
  within: readonly string[],
  isDistributed: boolean,
): Generator<PlacedState> {
  for (const [name, state] of Object.entries(machine.States)) {
    yield { name, state, within, isDistributed };
    const inner = [...within, name];
    for (const branch of state.Branches ?? []) yield* collectStates(branch, inner, isDistributed);
    const items = state.ItemProcessor ?? state.Iterator;
    if (items) {
      yield* collectStates(items, inner, isDistributed || items.ProcessorConfig?.Mode === 'DISTRIBUTED');
    }
  }
}
