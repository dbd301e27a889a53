import { writeFileSync } from 'node:fs';
import { pictures } from './pictures.ts';

/* `npm run pictures`: draws the diagrams of the docs from their data. */

for (const [file, svg] of Object.entries(pictures))
  writeFileSync(new URL(`../../docs/pictures/${file}`, import.meta.url), svg);
