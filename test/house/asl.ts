import { readFileSync } from 'node:fs';
import { definitionOf, type MachineName, machineFile } from '../../state-machines/machines.ts';

/** The fields of the Amazon States Language that our rules read. */
export interface AslState {
  readonly Type: string;
  readonly Comment?: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly HeartbeatSeconds?: number;
  readonly Parameters?: unknown;
  readonly Arguments?: unknown;
  readonly Result?: unknown;
  readonly ResultSelector?: unknown;
  readonly ResultPath?: string | null;
  readonly OutputPath?: string | null;
  readonly InputPath?: string | null;
  readonly ItemsPath?: string;
  readonly ItemSelector?: Readonly<Record<string, unknown>>;
  readonly ItemReader?: unknown;
  readonly ItemBatcher?: unknown;
  readonly ResultWriter?: unknown;
  readonly MaxConcurrency?: number;
  readonly Retry?: readonly AslRetry[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Next?: string;
  readonly Default?: string;
  readonly End?: boolean;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Branches?: readonly AslMachine[];
  readonly ItemProcessor?: AslMachine & { readonly ProcessorConfig?: { readonly Mode?: string } };
}
export interface AslRetry {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly MaxAttempts?: number;
  readonly JitterStrategy?: string;
}
export interface AslMachine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, AslState>>;
}

/** Reads a machine as it is deployed, with its defaults; asl-validator has checked its form. */
export const readMachine = (name: MachineName): AslMachine => JSON.parse(definitionOf(name));

/** Reads a machine as it is written: without the defaults. */
export const readLeanMachine = (name: MachineName): AslMachine =>
  JSON.parse(readFileSync(machineFile(name), 'utf8'));

export interface NamedState {
  readonly name: string;
  readonly state: AslState;
}

/** Returns every state at every depth. */
export const statesOf = (machine: AslMachine): NamedState[] =>
  Object.entries(machine.States).flatMap(([name, state]) => [
    { name, state },
    ...(state.Branches ?? []).flatMap(statesOf),
    ...(state.ItemProcessor ? statesOf(state.ItemProcessor) : []),
  ]);

/** Returns the states that call one of our functions, which the ASL names `${State}`. */
export const functionStatesOf = (machine: AslMachine): NamedState[] =>
  statesOf(machine).filter(({ name, state }) => state.Resource === `\${${name}}`);

/** Returns the states in which a path through the machine may end if it begins at `start`. */
export const endsFrom = (machine: AslMachine, start: string): NamedState[] => {
  const reached = new Set([start]);
  for (const name of reached) {
    const { Next, Default, Choices, Catch } = machine.States[name] ?? {};
    const next = [
      Next,
      Default,
      ...(Choices ?? []).map((to) => to.Next),
      ...(Catch ?? []).map((to) => to.Next),
    ];
    for (const to of next) if (to !== undefined) reached.add(to);
  }
  return [...reached]
    .map((name) => ({ name, state: machine.States[name] ?? { Type: 'absent' } }))
    .filter(({ state }) => state.End || !(state.Next ?? state.Choices));
};

/** Half an hour of waiting for other tables to be created, at a minute each. */
const MAX_ATTEMPTS = 30;
/**
 * The same for an error by which a step reports that it made progress and saved its cursor: the work itself has an end.
 */
const MAX_ATTEMPTS_WITH_PROGRESS = 1_000;
const PROGRESS = new Set(['SegmentUnfinished']);

/** Returns the violations of our rules in a state's error handling. */
export const handlingFaults = ({ name, state }: NamedState, knownErrors: ReadonlySet<string>): string[] => {
  const faults: string[] = [];
  for (const retry of state.Retry ?? []) {
    const isProgress = retry.ErrorEquals.every((error) => PROGRESS.has(error));
    const bounded =
      retry.MaxAttempts !== undefined &&
      retry.MaxAttempts >= 1 &&
      retry.MaxAttempts <= (isProgress ? MAX_ATTEMPTS_WITH_PROGRESS : MAX_ATTEMPTS) &&
      retry.MaxDelaySeconds !== undefined &&
      (retry.BackoffRate ?? 2) > 1;
    if (!bounded) faults.push(`${name}: a Retry without bounds`);
    if (retry.JitterStrategy !== 'FULL') faults.push(`${name}: a Retry without jitter`);
    for (const error of retry.ErrorEquals) {
      // starting a machine throws errors of AWS only, and each is worth a retry
      const starts = error === 'States.TaskFailed' && state.Resource?.endsWith(':states:startExecution');
      // the watchdog is the last that reopens writes: it gives up for no error, nor for a crash of its function
      const watches = error === 'States.ALL' && name === 'WatchFence';
      if (['States.ALL', 'States.TaskFailed'].includes(error) && !starts && !watches)
        faults.push(`${name}: retries ${error}, which is no named error`);
    }
  }
  for (const error of [...(state.Retry ?? []), ...(state.Catch ?? [])].flatMap((rule) => rule.ErrorEquals)) {
    if (!knownErrors.has(error) && !/^(States|StepFunctions|Lambda|Sandbox|Runtime)\.\w+$/.test(error)) {
      faults.push(`${name}: no code throws ${error}`);
    }
  }
  state.Catch?.forEach(({ ErrorEquals }, at, all) => {
    if (!ErrorEquals.includes('States.ALL')) return;
    if (at !== all.length - 1) faults.push(`${name}: a Catch after States.ALL is never reached`);
    if (ErrorEquals.length > 1) faults.push(`${name}: States.ALL stands alone`);
  });
  if (state.Type === 'Task' && !state.Retry?.length) faults.push(`${name}: a Task without Retry`);
  if (state.Type === 'Task' && state.TimeoutSeconds === undefined) faults.push(`${name}: no TimeoutSeconds`);
  if ((state.HeartbeatSeconds ?? 0) >= (state.TimeoutSeconds ?? Number.POSITIVE_INFINITY)) {
    faults.push(`${name}: the heartbeat is no shorter than the timeout`);
  }
  return faults;
};
