import { writeFileSync } from 'node:fs';
import { recordHistories } from './record-histories.ts';
import { fileOf, toText, WRITTEN } from './vectors.ts';

/* `node test/router/protocol/write-vectors.ts` writes the vectors that test/router/protocol/vectors.test.ts expects. */

for (const [name, vectors] of Object.entries({ ...WRITTEN, histories: await recordHistories() }))
  writeFileSync(fileOf(name), toText(vectors));
