import { readFileSync, writeFileSync } from 'node:fs';
import { apiTypes } from './api-types.ts';

/** Writes the types of the console's API for the page, which imports nothing else of the API. `npm run api-types` */
const root = new URL('../../', import.meta.url);
const document: unknown = JSON.parse(readFileSync(new URL('docs/api/openapi.json', root), 'utf8'));
writeFileSync(new URL('functions/console/page/api/schema.ts', root), apiTypes(document));
