import { readFileSync } from 'node:fs';

/** Returns the names of a state machine's Task states that call a function, in the order of the file. */
export const taskStates = (machine: 'tier-migration' | 'roll-back'): string[] => {
  const asl = readFileSync(new URL(`../../state-machines/${machine}.asl.json`, import.meta.url), 'utf8');
  return [...new Set([...asl.matchAll(/"Resource": "\$\{(\w+)\}"/g)].map((match) => String(match[1])))];
};
