import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONSOLE_NEEDS } from './stage-needs.ts';

/** The state machines by name; each is a file of `state-machines/`. */
export type MachineName = 'tier-migration' | 'roll-back' | 'fence-watchdog';

/** Placeholders in the ASL of the migration for the machines that it starts; all others stand for functions. */
export const ROLL_BACK_PLACEHOLDER = 'RollBackStateMachine';
export const FENCE_WATCHDOG_PLACEHOLDER = 'FenceWatchdogStateMachine';

/** Placeholder for the partition, in the ARN of a service that a state calls: executions start none in another partition. */
export const PARTITION_PLACEHOLDER = 'Partition';

export const machineFile = (machine: MachineName): string =>
  fileURLToPath(new URL(`../state-machines/${machine}.asl.json`, import.meta.url));

/** Names of the states that are functions: the ASL has `${CopySegment}` where the function's ARN goes. */
export const functionStates = (machine: MachineName): string[] => {
  const names = readFileSync(machineFile(machine), 'utf8').matchAll(/"\$\{(\w+)\}"/g);
  return [...new Set([...names].map(([, name]) => name ?? ''))].filter(
    (name) => name !== ROLL_BACK_PLACEHOLDER && name !== FENCE_WATCHDOG_PLACEHOLDER,
  );
};

/** `CopySegment` is `functions/handlers/copy-segment.ts`; `.js` in the package. The console has its own beside its API. */
export const handlerFile = (state: string): string =>
  fileURLToPath(
    new URL(
      `../functions/${state in CONSOLE_NEEDS ? 'console/lambda' : 'handlers'}/${kebabCase(state)}${extname(import.meta.url)}`,
      import.meta.url,
    ),
  );

export const kebabCase = (name: string): string =>
  name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
