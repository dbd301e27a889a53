import * as z from 'zod';

const Machine = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), z.looseObject({})) });
type Machine = z.output<typeof Machine>;
const Branches = z.array(Machine);

/**
 * Returns a definition that begins at one of its states, within Parallel states too, with that state's input in place of the
 * execution's. @throws Error if there is no such state
 */
export const startAtState = (definition: string, state: string, input: object): string => {
  const machine = beginAt(Machine.parse(JSON.parse(definition)), state);
  if (machine === undefined) throw new Error(`the version's state machine has no state ${state}`);
  const Resume = { Type: 'Pass', Result: input, Next: machine.StartAt };
  return JSON.stringify({ ...machine, StartAt: 'Resume', States: { Resume, ...machine.States } });
};

/** Returns the machine with its beginning at the state, or at the Parallel state that contains it; undefined if none does. */
const beginAt = (machine: Machine, state: string): Machine | undefined => {
  if (state in machine.States) return choosing(machine, state);
  for (const [name, outer] of Object.entries(machine.States)) {
    const [branch] = outer.Branches === undefined ? [] : Branches.parse(outer.Branches);
    const inner = branch && beginAt(branch, state);
    if (inner) {
      const States = { ...machine.States, [name]: { ...outer, Branches: [inner] } };
      return choosing({ ...machine, States }, name);
    }
  }
  return undefined;
};

/** Lets a machine begin at a state by a choice, since every state of a definition must be reachable from its beginning. */
const choosing = (machine: Machine, state: string): Machine => {
  const StartAt = `ResumeAt${state}`;
  const Choices = [{ Variable: '$.attempt', NumericGreaterThan: 0, Next: state }];
  const choice = { Type: 'Choice', Choices, Default: machine.StartAt };
  return { ...machine, StartAt, States: { [StartAt]: choice, ...machine.States } };
};
