import { readFileSync } from 'node:fs';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';

/** Every way in which a compiler finds a package's types, as options of tsc. Each is tried for a module and for CommonJS. */
export const RESOLUTIONS = [
  ['--module', 'node16'],
  ['--module', 'nodenext'],
  ['--module', 'esnext', '--moduleResolution', 'bundler'],
] as const;

/** Options of a strict project that also checks the package's own declarations. */
export const STRICT = [
  ...['--strict', '--noEmit', '--skipLibCheck', 'false'],
  ...['--target', 'es2024', '--types', 'node'],
] as const;

/** The way of Node 10 knows no `exports`, so it finds nothing in this package. */
const NOT_SUPPORTED = 'node10';

/** Returns the problems of the types of a packed package: types that are missing, or that do not fit the code. */
export const typeProblems = async (tarball: string): Promise<readonly string[]> => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
  if (!result.types) return ['the package has no types'];
  return result.problems
    .filter((problem) => !('resolutionKind' in problem && problem.resolutionKind === NOT_SUPPORTED))
    .map((problem) => JSON.stringify(problem));
};
