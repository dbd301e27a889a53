import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { withDefaults } from './defaults.ts';

/** The state machines; each is a file of this folder, `<name>.asl.json`. */
export const MACHINES = ['tier-migration', 'rollback', 'fence-watchdog'] as const;
export type MachineName = (typeof MACHINES)[number];

/** Placeholders of the ASL for the ARNs of machines that another one starts. */
export const MACHINE_PLACEHOLDERS = {
  RollbackStateMachine: 'rollback',
  FenceWatchdogStateMachine: 'fence-watchdog',
} as const satisfies Record<string, MachineName>;

/** Placeholder for the partition in the ARN of a service that a state calls: an execution starts none in another partition. */
export const PARTITION_PLACEHOLDER = 'Partition';

/** Path of a machine's definition as it is written: without the defaults. */
export const machineFile = (machine: MachineName): string =>
  fileURLToPath(new URL(`./${machine}.asl.json`, import.meta.url));

/** Definition of a machine as it is deployed: with the defaults, and placeholders for ARNs. */
export const definitionOf = (machine: MachineName): string =>
  withDefaults(readFileSync(machineFile(machine), 'utf8'));

/** Names of the states that call a function, in the order of the ASL: `${CopySegment}` stands for the function's ARN. */
export const functionStates = (machine: MachineName): string[] => {
  const names = readFileSync(machineFile(machine), 'utf8').matchAll(/"\$\{(\w+)\}"/g);
  return [...new Set([...names].map(([, name = '']) => name))].filter(
    (name) => !(name in MACHINE_PLACEHOLDERS),
  );
};
