import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { ConfigInput } from '../../functions/migration/settings/config.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const APP = 'node infra/verification-app.ts';

const Outputs = z.record(z.string(), z.record(z.string(), z.string()));
const CdkTemplate = z.object({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), DeletionPolicy: z.string().optional() })),
});

/** Writes the configuration to a file for the app. @returns the file's path */
export const writeConfig = (folder: string, config: ConfigInput): string => {
  const file = join(folder, 'verification.config.mjs');
  writeFileSync(file, `export default ${JSON.stringify(config)};\n`);
  return file;
};

/**
 * Runs the `cdk` command of this repository for the verification's app.
 * @param isDetached true for a command that must continue after Ctrl-C in the terminal.
 */
export const cdk = async (
  args: readonly string[],
  { configFile, folder, env, isDetached = false }: CdkRun,
): Promise<void> => {
  const all = [...args, '--app', APP, '-c', `config=${configFile}`, '--output', join(folder, 'cdk.out')];
  const child = spawn('npx', ['cdk', ...all], { cwd: PROJECT, env, stdio: 'inherit', detached: isDetached });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.once('error', reject);
  child.once('exit', (code, signal) =>
    code === 0 ? resolve() : reject(new Error(`cdk ${args[0]} ended with ${signal ?? `exit code ${code}`}`)),
  );
  await promise;
};

export interface CdkRun {
  readonly configFile: string;
  /** Folder for the output of synthesis. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly isDetached?: boolean;
}

/** Returns the ARN under an output's name, of any of the stacks. @throws Error if there is none */
export const outputIn = (file: string, name: string): string => {
  const found = Object.values(Outputs.parse(JSON.parse(readFileSync(file, 'utf8'))))
    .flatMap((outputs) => Object.entries(outputs))
    .find(([id]) => id.startsWith(`Tierferry${name}`));
  if (!found) throw new Error(`the stacks have no output ${name}`);
  return found[1];
};

export interface SynthResult {
  readonly resources: number;
  /** Ids of resources that would outlive their stack. */
  readonly kept: readonly string[];
}

/** Summarises the templates of a synthesis. */
export const synthesise = (folder: string): SynthResult => {
  const assembly = join(folder, 'cdk.out');
  const resources = readdirSync(assembly)
    .filter((file) => file.endsWith('.template.json'))
    .flatMap((file) =>
      Object.entries(CdkTemplate.parse(JSON.parse(readFileSync(join(assembly, file), 'utf8'))).Resources),
    );
  return {
    resources: resources.length,
    kept: resources.filter(([, { DeletionPolicy: policy }]) => policy !== 'Delete').map(([id]) => id),
  };
};
