import { VerificationMismatch } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { sameFingerprint } from './fingerprint-range.ts';

/** Only equality flips (I2). @throws VerificationMismatch where a segment differs after repair, or was not compared. */
export const concludeVerification = async (ports: Ports, migration: Migration): Promise<void> => {
  let segments = 0;
  const differing: number[] = [];
  for await (const segment of ports.segments.list(migration.migrationId)) {
    segments += 1;
    const { verified } = segment;
    if (!verified || !sameFingerprint(verified.source, verified.target)) differing.push(segment.number);
  }
  if (differing.length > 0) {
    throw new VerificationMismatch(
      `${differing.length} of ${segments} segments differ after repair; the keys are in the report (tierferry report ${migration.migrationId})`,
    );
  }
};
