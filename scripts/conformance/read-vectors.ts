import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { Vector } from './messages.ts';

/** Reads the vectors of every JSON file of a folder. @param folder a URL that ends with a slash */
export const readVectors = (folder: URL): Vector[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => z.array(Vector).parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));
