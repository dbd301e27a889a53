import * as z from 'zod';
import type { EpochMs } from '../migration/names.ts';
import { named } from '../migration/record-fields.ts';
import type { UnfinishedPass } from '../migration/segment.ts';
import type { Segments } from '../migration/segments/segments-port.ts';
import { LongTexts } from './long-text.ts';
import { partLocation } from './migration-parts.ts';
import { asciiJson, jsonText } from './parsing.ts';
import type { Records } from './records.ts';
import { sameFieldsAs } from './same-fields.ts';
import { checksum, digitsOf, entityKey, mismatch } from './segment-record.ts';

export const UNFINISHED = 'UNFINISHED#';

const soFar = { attempt: z.number(), through: entityKey.optional() };
const expiring = z.object({ unseen: z.base64(), changed: z.number() }).optional();
const UnfinishedText = jsonText.pipe(
  z
    .discriminatedUnion('pass', [
      z.object({
        pass: z.literal('comparison'),
        ...soFar,
        isAfterReverseFlip: z.boolean(),
        startedAt: named.number<EpochMs>(),
        sides: z.object({
          source: checksum,
          target: checksum,
          kept: checksum,
          changed: z.number(),
          expiring: z.base64(),
        }),
        unexplained: mismatch,
      }),
      z.object({ pass: z.literal('verification'), ...soFar, read: checksum, expiring }),
      z.object({
        pass: z.literal('differences'),
        ...soFar,
        keptAfterHold: checksum,
        expiringChanged: z.number(),
        found: mismatch,
      }),
      z.object({ pass: z.literal('deletable'), ...soFar, read: checksum, expiring, hashes: z.base64() }),
      z.object({ pass: z.literal('none') }),
    ])
    .apply(sameFieldsAs<UnfinishedPass | { readonly pass: 'none' }>()),
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
