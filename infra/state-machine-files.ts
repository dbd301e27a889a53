import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONSOLE_NEEDS } from './stage-needs.ts';

/** Names of the state machines, each of which is a file in `state-machines/`. */
export type MachineName = 'tier-migration' | 'roll-back' | 'fence-watchdog';

/** Placeholders in the migration's ASL for the state machines that it starts; all others are for functions. */
export const ROLL_BACK_PLACEHOLDER = 'RollBackStateMachine';
export const FENCE_WATCHDOG_PLACEHOLDER = 'FenceWatchdogStateMachine';

/** Placeholder for the AWS partition in the ARN of a service that a state calls. */
export const PARTITION_PLACEHOLDER = 'Partition';

export const machineFile = (machine: MachineName): string =>
  fileURLToPath(new URL(`../state-machines/${machine}.asl.json`, import.meta.url));

/** Returns the names of the states that are functions: the ASL has `${CopySegment}` in place of the function's ARN. */
export const functionStates = (machine: MachineName): string[] => {
  const names = readFileSync(machineFile(machine), 'utf8').matchAll(/"\$\{(\w+)\}"/g);
  return [...new Set([...names].map(([, name]) => name ?? ''))].filter(
    (name) => name !== ROLL_BACK_PLACEHOLDER && name !== FENCE_WATCHDOG_PLACEHOLDER,
  );
};

/** Returns the file of a handler: `CopySegment` is `functions/handlers/copy-segment.ts`, or `.js` in the package. */
export const handlerFile = (state: string): string =>
  fileURLToPath(
    new URL(
      `../functions/${state in CONSOLE_NEEDS ? 'console/lambda' : 'handlers'}/${kebabCase(state)}${extname(import.meta.url)}`,
      import.meta.url,
    ),
  );

export const kebabCase = (name: string): string =>
  name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
