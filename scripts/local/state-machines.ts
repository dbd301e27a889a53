import { readFile } from 'node:fs/promises';
import { functionArn, machineArn } from './arns.ts';

const FOLDER = new URL('../../state-machines/', import.meta.url);

/** The state machines of a deployment, by their ASL file. */
export const MIGRATION_MACHINE = 'tier-migration';
export const ROLL_BACK_MACHINE = 'roll-back';

/** The ASL of both state machines with ARNs in place of `${Name}`, as a deployment puts them there. */
export const loadStateMachines = async (): Promise<readonly { name: string; definition: string }[]> =>
  Promise.all(
    [MIGRATION_MACHINE, ROLL_BACK_MACHINE].map(async (name) => ({
      name,
      definition: substitute(await readFile(new URL(`${name}.asl.json`, FOLDER), 'utf8')),
    })),
  );

const substitute = (asl: string): string =>
  asl.replaceAll(/\$\{(\w+)\}/g, (_, name: string) =>
    name === 'RollBackStateMachine' ? machineArn(ROLL_BACK_MACHINE) : functionArn(name),
  );
