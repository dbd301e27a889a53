import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = /\.(?:[cm]?[jt]sx?|cs|go|java|kt|php|py|rb|rs|scala|swift)$/;
/** Folders that hold no sources of the application. Hidden folders hold none either. */
const SKIPPED = ['build', 'cdk.out', 'coverage', 'dist', 'node_modules', 'target', 'vendor'];

/** Returns the source files in a folder and its folders, in order; or the file itself. @throws an error of Node. */
export const sourceFilesIn = (path: string): readonly string[] => {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory())
        return entry.name.startsWith('.') || SKIPPED.includes(entry.name)
          ? []
          : sourceFilesIn(join(path, entry.name));
      return entry.isFile() && SOURCE.test(entry.name) ? [join(path, entry.name)] : [];
    });
};
