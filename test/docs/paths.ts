import { posix } from 'node:path';

/** Folders from whose files pages name paths without their beginning. */
const BASES = ['', 'functions/', 'functions/migration/', 'test/', 'test/console/'];
/** A name that stands for any name of its kind. */
const PLACEHOLDER = /name-of-state/;

const PATH = /(?<![\w./@-])(?:[\w-]+\/)+[\w./{},*-]*\w/g;
const IN_REPOSITORY = /^(?:functions|test|scripts|infra|state-machines|docs)\//;
const IS_FILE = /\.(?:ts|tsx|json|md|svg|cjs|yml)$/;

/** Returns the paths of files and folders of the repository that a page names in code, in tables, or in its text. */
const namedPaths = (page: string): string[] =>
  [...page.matchAll(PATH)]
    .map(([path]) => path)
    .filter((path) => (IN_REPOSITORY.test(path) || IS_FILE.test(path)) && !PLACEHOLDER.test(path))
    // a pattern names the folder that contains its first wildcard
    .map((path) => (/[*{]/.test(path) ? posix.dirname(path.replace(/[*{].*/s, 'x')) : path));

/** Returns the paths that pages name and that do not exist. */
export const missingPaths = (
  pages: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): string[] =>
  [...pages].flatMap(([from, page]) =>
    namedPaths(page)
      .filter((path) => ![...BASES, `${posix.dirname(from)}/`].some((base) => exists(base + path)))
      .map((path) => `${from}: ${path}`),
  );
