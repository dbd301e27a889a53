import { readFile } from 'node:fs/promises';
import { functionArn, machineArn } from './arns.ts';

const FOLDER = new URL('../../state-machines/', import.meta.url);

/** The state machines of a deployment, by the names of their ASL files. */
export const MIGRATION_MACHINE = 'tier-migration';
export const ROLL_BACK_MACHINE = 'roll-back';
const FENCE_WATCHDOG_MACHINE = 'fence-watchdog';
const MACHINES = [MIGRATION_MACHINE, ROLL_BACK_MACHINE, FENCE_WATCHDOG_MACHINE];

/** Placeholder of the ASL for the AWS partition in service ARNs. */
const PARTITION_PLACEHOLDER = 'Partition';

/** Placeholders of the ASL that stand for a state machine; the others stand for functions. */
const NESTED: Readonly<Record<string, string>> = {
  RollBackStateMachine: ROLL_BACK_MACHINE,
  FenceWatchdogStateMachine: FENCE_WATCHDOG_MACHINE,
};

/** Loads the ASL of all state machines, with ARNs in place of `${Name}`, as in a deployment. */
export const loadStateMachines = async (): Promise<readonly { name: string; definition: string }[]> =>
  Promise.all(
    MACHINES.map(async (name) => ({
      name,
      definition: substitute(await readFile(new URL(`${name}.asl.json`, FOLDER), 'utf8')),
    })),
  );

const substitute = (asl: string): string =>
  asl.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    if (name === PARTITION_PLACEHOLDER) return 'aws';
    const nested = NESTED[name];
    return nested === undefined ? functionArn(name) : machineArn(nested);
  });
