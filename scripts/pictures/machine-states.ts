import * as z from 'zod';
import { MACHINE_PLACEHOLDERS } from '../../state-machines/machines.ts';

/** The fields of the Amazon States Language that a picture shows. */
export interface State {
  readonly Type: string;
  readonly Comment?: string | undefined;
  readonly Next?: string | undefined;
  readonly Default?: string | undefined;
  readonly Seconds?: number | undefined;
  readonly MaxConcurrency?: number | undefined;
  readonly Choices?: readonly Choice[] | undefined;
  readonly Catch?: readonly { readonly Next: string }[] | undefined;
  readonly Parameters?: { readonly StateMachineArn?: string | undefined } | undefined;
  readonly Branches?: readonly Machine[] | undefined;
  readonly ItemProcessor?: Machine | undefined;
}
interface Choice {
  readonly Variable: string;
  readonly Next: string;
  readonly StringEquals?: string | undefined;
}
export interface Machine {
  readonly StartAt: string;
  readonly Comment?: string | undefined;
  readonly States: Readonly<Record<string, State>>;
}

export const Machine: z.ZodType<Machine> = z.object({
  StartAt: z.string(),
  Comment: z.string().optional(),
  States: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Comment: z.string().optional(),
      Next: z.string().optional(),
      Default: z.string().optional(),
      Seconds: z.number().optional(),
      MaxConcurrency: z.number().optional(),
      Choices: z
        .array(z.object({ Variable: z.string(), Next: z.string(), StringEquals: z.string().optional() }))
        .optional(),
      Catch: z.array(z.object({ Next: z.string() })).optional(),
      Parameters: z.object({ StateMachineArn: z.string().optional() }).optional(),
      get Branches() {
        return z.array(Machine).optional();
      },
      get ItemProcessor() {
        return Machine.optional();
      },
    }),
  ),
});

/** A state that a picture shows as a box. */
export interface Node {
  readonly name: string;
  readonly state: State;
  /** True if the state beside it in the picture can follow it: an arrow shows this. */
  readonly leadsOn: boolean;
  /** Small text under the name: work for each segment, and other states that can follow. */
  readonly lines: readonly string[];
}

/** A transition of a state, and the condition under which it is taken; absent if the state has no other transition. */
interface Transition {
  readonly condition?: string;
  readonly to: string;
}

/** Returns the states of a machine in the order of the ASL. A Wait that only repeats is no box, but a line of its Choice. */
export const nodesOf = (states: Readonly<Record<string, State>>): Node[] => {
  const names = Object.keys(states);
  const polls = new Set(names.filter((name, n) => isPoll(states[name], names.slice(0, n))));
  const shown = names.filter((name) => !polls.has(name));
  return shown.map((name, n) => {
    const state = states[name] ?? { Type: 'Succeed' };
    const following = shown[n + 1];
    const all = transitionsOf(state);
    const others = all.filter(({ to }) => to !== following);
    return {
      name,
      state,
      leadsOn: others.length < all.length,
      lines: [...about(state), ...others.map((one) => transitionLine(one, polls, states))],
    };
  });
};

const isPoll = (state: State | undefined, before: readonly string[]): boolean =>
  state?.Type === 'Wait' && state.Next !== undefined && before.includes(state.Next);

const transitionsOf = ({ Next, Default, Choices = [] }: State): Transition[] => [
  ...Choices.map(({ Variable, StringEquals, Next: to }) => ({
    condition: StringEquals ?? Variable.split('.').at(-1) ?? Variable,
    to,
  })),
  ...(Default === undefined ? [] : [{ condition: 'else', to: Default }]),
  ...(Next === undefined ? [] : [{ to: Next }]),
];

/** `else ↺ CatchUp` waits and repeats from CatchUp; `dryRun → Planned` continues with Planned. */
const transitionLine = (
  { condition = '', to }: Transition,
  polls: ReadonlySet<string>,
  states: Readonly<Record<string, State>>,
): string => {
  const target = polls.has(to) ? `↺ ${states[to]?.Next ?? to}` : `→ ${to}`;
  return `${condition} ${target}`.trim();
};

const about = ({ ItemProcessor, MaxConcurrency, Seconds, Parameters }: State): string[] => {
  if (ItemProcessor) {
    const inner = Object.entries(ItemProcessor.States);
    const tasks = inner.filter(([, { Type }]) => Type === 'Task').map(([name]) => name);
    const again = inner.some(([, { Type }]) => Type === 'Wait') ? ' ↺' : '';
    return [`${tasks.join(', ')}${again}`, `${MaxConcurrency} segments at a time`];
  }
  const placeholder = /^\$\{(\w+)\}$/.exec(Parameters?.StateMachineArn ?? '')?.[1];
  const started = Object.entries(MACHINE_PLACEHOLDERS).find(([name]) => name === placeholder)?.[1];
  if (started !== undefined) return [`starts ${started}`];
  return Seconds === undefined ? [] : [`waits ${Seconds} s`];
};
