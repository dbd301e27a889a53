import { readdir } from 'node:fs/promises';
import * as z from 'zod';
import type { StageHandler } from '../../functions/aws/stage.ts';

const FOLDER = new URL('../../functions/handlers/', import.meta.url);

const Module = z.object({
  handler: z.custom<StageHandler>(
    (value) => typeof value === 'function' && 'run' in value && typeof value.run === 'function',
    'a handler is made by stage(), wayOut(), watch() or stream()',
  ),
});

/** Every handler by the name of its state: `copy-segment.ts` is CopySegment. */
export const loadHandlers = async (): Promise<ReadonlyMap<string, StageHandler>> => {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.ts')).sort();
  return new Map(await Promise.all(files.map(load)));
};

const load = async (file: string): Promise<[string, StageHandler]> => {
  const loaded: unknown = await import(new URL(file, FOLDER).href);
  return [stateName(file), Module.parse(loaded).handler];
};

const stateName = (file: string): string =>
  file.replace(/\.ts$/, '').replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
