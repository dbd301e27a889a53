import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

/** Writes a compressed copy of each text file of the built page, so that no server compresses it for each request. */
const DIST = fileURLToPath(new URL('../../dist/console', import.meta.url));
const TEXTS = new Set(['.css', '.js', '.svg']);

for (const path of readdirSync(DIST, { recursive: true, encoding: 'utf8' }))
  if (TEXTS.has(extname(path)))
    writeFileSync(`${join(DIST, path)}.br`, brotliCompressSync(readFileSync(join(DIST, path))));
