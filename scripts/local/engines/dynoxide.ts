import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import type { EngineProgram } from './program.ts';

const PACKAGE = `@dynoxide/${process.platform}-${process.arch}`;

/** The native engine, from an optional package. @returns undefined if it is not installed for this system. */
export const dynoxide = async (folder: string | undefined): Promise<EngineProgram | undefined> => {
  const manifest = find();
  if (!manifest) return undefined;
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(manifest, 'utf8')));
  if (folder) await mkdir(folder, { recursive: true });
  return {
    name: 'dynoxide',
    version,
    warnings: [],
    command: (port) => ({
      program: join(dirname(manifest), 'dynoxide'),
      args: [
        'serve',
        ...['--host', '127.0.0.1', '--port', String(port)],
        ...(folder ? ['--db-path', join(folder, 'data.db')] : []),
      ],
    }),
  };
};

const find = (): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`);
  } catch {
    return undefined;
  }
};
