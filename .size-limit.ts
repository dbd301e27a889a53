import { readFileSync } from 'node:fs';
import * as z from 'zod';

/* Sizes of the console's page as a browser loads it, compressed: `npm run size:console`, after a build. */

const DIST = 'dist/console';
const FIRST_ROUTE = 'views/fleet/fleet.tsx';
const FIRST_LIMIT = '400 kB';
const ROUTE_LIMIT = '60 kB';

const Manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().default(false),
    isDynamicEntry: z.boolean().default(false),
    imports: z.array(z.string()).default([]),
    css: z.array(z.string()).default([]),
  }),
);
const manifest = Manifest.parse(JSON.parse(readFileSync(`${DIST}/manifest.json`, 'utf8')));

/** The chunks that one chunk needs before it can run. */
const chunksOf = (name: string, seen: ReadonlySet<string> = new Set()): ReadonlySet<string> => {
  if (seen.has(name)) return seen;
  return (manifest[name]?.imports ?? []).reduce(
    (found, needed) => chunksOf(needed, found),
    new Set([...seen, name]),
  );
};

const filesOf = (names: Iterable<string>): readonly string[] => [
  ...new Set(
    [...names].flatMap((name) => {
      const { file, css } = manifest[name] ?? { file: '', css: [] };
      return file === '' ? [] : [file, ...css];
    }),
  ),
];

const entries = Object.keys(manifest).filter((name) => manifest[name]?.isEntry);
const first = new Set(filesOf([...entries, FIRST_ROUTE].flatMap((name) => [...chunksOf(name)])));
const paths = (files: Iterable<string>) => [...files].map((file) => `${DIST}/${file}`);

/** A route's own chunks, and those that it shares with other routes but not with the first one. */
const routes = Object.keys(manifest).flatMap((name) => {
  const files = manifest[name]?.isDynamicEntry
    ? filesOf(chunksOf(name)).filter((file) => !first.has(file))
    : [];
  return files.length === 0 ? [] : [{ name, path: paths(files), limit: ROUTE_LIMIT, brotli: true }];
});

export default [{ name: 'first load', path: paths(first), limit: FIRST_LIMIT, brotli: true }, ...routes];
