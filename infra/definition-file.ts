import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionOf, type MachineName } from '../state-machines/machines.ts';
import { processFolder } from './process-folder.ts';

let folder: string | undefined;

/**
 * Path of a file with a machine's definition as it is deployed. A file becomes an asset; as a text the definitions would take
 * more than a tenth of what a template may hold. [CloudFormation quotas: 1 MB]
 */
export const definitionFile = (machine: MachineName): string => {
  folder ??= processFolder('definitions');
  const path = join(folder, `${machine}.asl.json`);
  writeFileSync(path, definitionOf(machine));
  return path;
};
