import type { MigrationId } from '../migration/names.ts';
import type { Segments } from '../migration/segments/segments-port.ts';
import { LongTexts } from './long-text.ts';
import type { Records } from './records.ts';
import { digitsOf } from './segment-record.ts';

export const DELETABLE = 'DELETABLE#';
export const EXPIRING = 'EXPIRING#';

/** Stores hashes of items in `migrationId` + `EXPIRING#n` and `DELETABLE#n` of the migrations table. */
export const segmentHashesIn = (
  records: Records,
  table: string,
): Pick<Segments, 'saveExpiring' | 'expiring' | 'saveDeletable' | 'deletable' | 'forgetHashes'> => {
  const texts = new LongTexts(records, table);
  const saveBytes = (migrationId: MigrationId, part: string, bytes: Uint8Array) =>
    texts.save(migrationId, part, Buffer.from(bytes).toString('base64'));
  const loadBytes = async (migrationId: MigrationId, part: string): Promise<Uint8Array | undefined> => {
    const found = await texts.load(migrationId, part);
    return found === undefined ? undefined : Buffer.from(found, 'base64');
  };
  return {
    saveExpiring: (migrationId, number, noted) =>
      saveBytes(migrationId, `${EXPIRING}${digitsOf(number)}`, noted),
    expiring: (migrationId, number) => loadBytes(migrationId, `${EXPIRING}${digitsOf(number)}`),

    saveDeletable: (migrationId, number, hashes) =>
      saveBytes(migrationId, `${DELETABLE}${digitsOf(number)}`, hashes),
    deletable: (migrationId, number) => loadBytes(migrationId, `${DELETABLE}${digitsOf(number)}`),

    async forgetHashes(migrationId, number) {
      for (const prefix of [EXPIRING, DELETABLE])
        await texts.forget(migrationId, `${prefix}${digitsOf(number)}`);
    },
  };
};
