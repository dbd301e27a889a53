import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { StepHandler } from '../../functions/aws/step.ts';

const FOLDER = fileURLToPath(new URL('../../functions/handlers/', import.meta.url));
/** TypeScript in a checkout, JavaScript in the package. */
const EXTENSION = extname(import.meta.url);

const Module = z.object({
  handler: z.custom<StepHandler>(
    (value) => typeof value === 'function' && 'run' in value && typeof value.run === 'function',
    'a handler must be made by a function of functions/aws/step.ts, stream.ts or status-changes.ts',
  ),
});

/** Loads every handler, by the name of its state: `copy-segment.ts` is CopySegment. */
export const loadHandlers = async (): Promise<ReadonlyMap<string, StepHandler>> => {
  const names = (await readdir(FOLDER))
    .filter((file) => file.endsWith(EXTENSION) && !file.endsWith(`.d${EXTENSION}`))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
  return new Map(await Promise.all(names.map(load)));
};

const load = async (name: string): Promise<[string, StepHandler]> => {
  const loaded: unknown = await import(pathToFileURL(join(FOLDER, name + EXTENSION)).href);
  return [stateName(name), Module.parse(loaded).handler];
};

const stateName = (name: string): string =>
  name.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
