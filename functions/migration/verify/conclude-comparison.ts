import { VerificationMismatch } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { sameFingerprint } from './fingerprint-range.ts';

/** What was flipped is what the source had. @throws VerificationMismatch where a segment differs, or was not compared. */
export const concludeComparison = async (ports: Ports, { migrationId }: Migration): Promise<void> => {
  let segments = 0;
  let differing = 0;
  for await (const { verified } of ports.segments.list(migrationId)) {
    segments += 1;
    if (!verified || !sameFingerprint(verified.source, verified.target)) differing += 1;
  }
  if (differing > 0) {
    throw new VerificationMismatch(
      `${differing} of ${segments} segments differ from the kept source; the keys are in the report (tierferry report ${migrationId}). Bring what is missing to the target and retry, or take the tenant back: tierferry rollback ${migrationId}`,
    );
  }
};
