import { advance } from '../advance.ts';
import { SourceChangedAfterFlip } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { sameFingerprint } from '../verify/fingerprint-range.ts';

/**
 * The source still is what was flipped, so it may go (I6).
 * @throws SourceChangedAfterFlip where it isn't; nothing is deleted then.
 */
export const concludeFrozenSource = async (
  ports: Ports,
  migration: Migration,
): Promise<{ dropsTable: boolean }> => {
  const dropsTable = migration.source.placement === 'dedicated';
  if (migration.status === 'cleaningUp') return { dropsTable };
  let changed = 0;
  for await (const { verified, frozen } of ports.segments.list(migration.migrationId)) {
    if (!verified || !frozen || !sameFingerprint(verified.source, frozen)) changed += 1;
  }
  if (changed > 0) {
    throw new SourceChangedAfterFlip(
      `${changed} segments of ${migration.source.table} changed after the flip; nothing was deleted. Look at the keys in the report (tierferry report ${migration.migrationId}), bring what is missing to the target, then retry`,
    );
  }
  await advance(ports, migration, 'cleaningUp', 'hold over, source verified');
  return { dropsTable };
};
