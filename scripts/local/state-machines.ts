import {
  definitionOf,
  MACHINE_PLACEHOLDERS,
  MACHINES,
  type MachineName,
  PARTITION_PLACEHOLDER,
} from '../../state-machines/machines.ts';
import { functionArn, machineArn } from './arns.ts';

/** Machines that the stack's ports start. */
export const MIGRATION_MACHINE: MachineName = 'tier-migration';
export const ROLLBACK_MACHINE: MachineName = 'rollback';

const MACHINE_OF: ReadonlyMap<string, MachineName> = new Map(Object.entries(MACHINE_PLACEHOLDERS));

/** Definitions of all state machines with ARNs in place of `${Name}`, as a deployment puts them there. */
export const stateMachines = (): readonly { name: MachineName; definition: string }[] =>
  MACHINES.map((name) => ({ name, definition: withArns(definitionOf(name)) }));

/** Returns a definition with ARNs of this machine in place of its placeholders. */
export const withArns = (asl: string): string =>
  asl.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    if (name === PARTITION_PLACEHOLDER) return 'aws';
    const machine = MACHINE_OF.get(name);
    return machine === undefined ? functionArn(name) : machineArn(machine);
  });
