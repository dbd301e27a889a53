import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PART as APPLIER } from '../../functions/aws/applier-claims.ts';
import { EVENT } from '../../functions/aws/control-tables.ts';
import { META } from '../../functions/aws/meta.ts';
import { PACE } from '../../functions/aws/paces.ts';
import { LATEST } from '../../functions/aws/record-repairs.ts';
import { DELETABLE, EXPIRING } from '../../functions/aws/segment-hashes.ts';
import { PREFIX as SEGMENT } from '../../functions/aws/segment-record.ts';
import { UNDO_PART } from '../../functions/aws/undo-records.ts';
import { UNFINISHED } from '../../functions/aws/unfinished-passes.ts';
import { readPages } from './links.ts';

const texts = readFileSync(new URL('../../functions/aws/migration-texts.ts', import.meta.url), 'utf8');
const textParts = [...texts.matchAll(/\bsave\(id, '([A-Z_]+)'/g)].map(([, part = '']) => part);
const PARTS = [
  ...[APPLIER, DELETABLE, EVENT, EXPIRING, LATEST, META, PACE, SEGMENT, UNDO_PART, UNFINISHED],
  ...textParts,
];

/** Returns the parts that a page does not name in backticks. `n`, `time` and so on may follow a part that ends with `#`. */
const missingIn = (page: string): string[] =>
  PARTS.filter((part) => !page.includes(part.endsWith('#') ? `\`${part}` : `\`${part}\``));

test.each(['ARCHITECTURE.md', 'docs/operations/damaged-records.md'])(
  '%s lists every record of the migrations table',
  (path) => {
    expect(textParts).toContain('PLAN');
    expect(missingIn(readPages().get(path) ?? '')).toEqual([]);
  },
);

test('a record that a page does not list is found', () => {
  expect(
    missingIn(
      PARTS.map((part) => `\`${part}\``)
        .join()
        .replace('`UNDO`', '`UNDO_PART`'),
    ),
  ).toEqual(['UNDO']);
});
