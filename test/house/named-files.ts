import { posix } from 'node:path';

const URLS = /new URL\(\s*'(\.{0,2}[^':$]+\.(?:tsx?|cjs|json|md))',\s*import\.meta\.url/g;
const JOINED = /join\(((?:'\w[\w.-]*',\s*)+'[\w.-]+\.(?:tsx?|cjs|json|md)')\)/g;

/**
 * Returns the files that a source names without importing them, as paths from the repository's root: those of `new URL(...,
 * import.meta.url)`, such as the module of a worker, and those of `join(...)` with literals only.
 */
export const filesNamedIn = (file: string, source: string): string[] => [
  ...[...source.matchAll(URLS)].map(([, path = '']) => posix.join(posix.dirname(file), path)),
  ...[...source.matchAll(JOINED)].map(([, parts = '']) =>
    posix.join(...[...parts.matchAll(/'([^']+)'/g)].map(([, part = '']) => part)),
  ),
];
