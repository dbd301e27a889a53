import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as z from 'zod';

/** Exports of a package, with what `require` and `import` resolve to. */
const Exports = z.record(
  z.string(),
  z.union([
    z.string(),
    z.object({
      import: z.object({ types: z.string(), default: z.string() }),
      require: z.object({ types: z.string(), default: z.string() }),
    }),
  ]),
);

/**
 * Writes the files that CommonJS needs beside a built package's modules: for each export a `.cjs` file that loads the module,
 * and declarations `.d.cts`. Node loads modules by `require`, so no code is built twice. Declarations are needed twice, since a
 * compiler that resolves as Node 16 did refuses to import a module's declarations from CommonJS.
 * @param folder the package's folder; its `package.json` names the exports.
 */
export const writeCommonJs = (folder: string): void => {
  const { exports } = z
    .object({ exports: Exports })
    .parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const written = new Set<string>();
  for (const entry of Object.values(exports)) {
    if (typeof entry === 'string') continue;
    const file = join(folder, entry.require.default);
    const module = relative(dirname(file), join(folder, entry.import.default));
    writeFileSync(file, `module.exports = require('./${module}');\n`);
    writeDeclarations(join(folder, entry.import.types), written);
  }
};

/** An import or export of another file of the package; the path's extension is left out. */
const RELATIVE = /(\bfrom |\bimport\()(["'])(\.{1,2}\/[^"']+)\.ts\2/g;

/** Writes the declarations for CommonJS of a file, and of those that it imports. */
const writeDeclarations = (file: string, written: Set<string>): void => {
  if (written.has(file)) return;
  written.add(file);
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file.replace(/\.d\.ts$/, '.d.cts'),
    text.replaceAll(
      RELATIVE,
      (_, before: string, quote: string, path: string) => `${before}${quote}${path}.cjs${quote}`,
    ),
  );
  for (const [, , , path = ''] of text.matchAll(RELATIVE)) {
    const imported = join(dirname(file), `${path}.d.ts`);
    if (!existsSync(imported)) throw new Error(`${file} imports ${path}, which has no declarations`);
    writeDeclarations(imported, written);
  }
};
