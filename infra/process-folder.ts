import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates a folder for files that synthesis copies; it is deleted when the process ends. */
export const processFolder = (name: string): string => {
  const folder = mkdtempSync(join(tmpdir(), `tierferry-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
};
