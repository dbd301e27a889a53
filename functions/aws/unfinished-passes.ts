import * as z from 'zod';
import { UnfinishedPass } from '../migration/segment.ts';
import type { Segments } from '../migration/segments/segments-port.ts';
import { LongTexts } from './long-text.ts';
import { partLocation } from './migration-parts.ts';
import { asciiJson, jsonText } from './parsing.ts';
import type { Records } from './records.ts';
import { digitsOf } from './segment-record.ts';

export const UNFINISHED = 'UNFINISHED#';

/** A pass that has ended is stored as `none`. */
const UnfinishedText = jsonText.pipe(
  z.discriminatedUnion('pass', [...UnfinishedPass.options, z.object({ pass: z.literal('none') })]),
);

/** Stores the progress of passes in `migrationId` + `UNFINISHED#n` of the migrations table. */
export const unfinishedPassesIn = (
  records: Records,
  table: string,
): Pick<Segments, 'saveUnfinished' | 'unfinished'> => {
  const texts = new LongTexts(records, table);
  return {
    saveUnfinished: (migrationId, number, pass) =>
      texts.save(migrationId, `${UNFINISHED}${digitsOf(number)}`, asciiJson(pass ?? { pass: 'none' })),

    async unfinished(migrationId, number) {
      const part = `${UNFINISHED}${digitsOf(number)}`;
      const text = await texts.load(migrationId, part);
      if (text === undefined) return undefined;
      const place = partLocation(table, migrationId, part);
      const found = records.parse(z.object({ text: UnfinishedText }), place, { text }).text;
      return found.pass === 'none' ? undefined : found;
    },
  };
};
