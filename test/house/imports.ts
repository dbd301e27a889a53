import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * dependency-cruiser reads TypeScript through the compiler's API up to version 6, and TypeScript 7 has none. Our rules
 * need little: which file imports which, and whether the import remains when the types are stripped.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Import {
  readonly from: string;
  /** A path from the repository's root, or a package's name. */
  readonly to: string;
  /** True if the import disappears when the types are stripped. */
  readonly isTypeOnly: boolean;
}

/** Returns source text by path from the repository's root. */
export const readSources = (...folders: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    folders
      .flatMap((folder) =>
        readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
          join(folder, file),
        ),
      )
      .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'))
      .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
  );

const PATTERNS = [
  // a type import or a type-only list has no other `from` in between
  /^\s*(?:import|export)\s[^'"`;=]*?\bfrom\s*['"]([^'"]+)['"]/gm,
  /^\s*import\s*['"]([^'"]+)['"]/gm,
  /\b(?:import|require|resolve)\(\s*['"]([^'"]+)['"]/g,
];

const specifiers = (source: string): string[] =>
  PATTERNS.flatMap((pattern) => [...source.matchAll(pattern)].map(([, to]) => to ?? ''));

/** Node strips no types beside JSX; there whole type imports go, and the linter lets no import hold types only. */
const withoutTypes = (file: string, source: string): string =>
  file.endsWith('.tsx')
    ? source.replaceAll(/^\s*(?:import|export)\s+type\b[^;]*;/gm, '')
    : stripTypeScriptTypes(source);

export const importsOf = (file: string, source: string): Import[] => {
  const atRunTime = new Set(specifiers(withoutTypes(file, source)));
  return [...new Set(specifiers(source))].map((to) => ({
    from: file,
    to: to.startsWith('.') ? relative('.', join(dirname(file), to)) : to,
    isTypeOnly: !atRunTime.has(to),
  }));
};

/** Returns the first circle of files that import one another at run time; undefined if there is none. */
export const findCycle = (imports: readonly Import[], { withTypes = false } = {}): string[] | undefined => {
  const next = Map.groupBy(
    imports.filter(({ isTypeOnly }) => withTypes || !isTypeOnly),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { to } of next.get(file) ?? []) {
      const cycle = visit(to, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
};
