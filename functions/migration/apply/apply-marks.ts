import type { BatchWriter } from '../batch-writer.ts';
import type { Migration } from '../migration.ts';
import type { Mark, Ports } from '../ports.ts';
import { compareKeys, type Looked } from './compare-keys.ts';
import { settleMarks } from './settle-marks.ts';
import type { Way } from './way.ts';

/**
 * Brings the side that is being filled in line with the live side for each journalled key. A journal entry is removed
 * only after both sides were read as equal, later than the entry was made. So each key that was written is read again
 * at once, and a key that has changed in the meantime keeps its entry. If the journal is empty, every captured key has
 * been equal on both sides since its last change.
 * @returns the number of journal entries removed.
 */
export const applyMarks = async (
  ports: Ports,
  migration: Migration,
  way: Way,
  marks: readonly Mark[],
  writer: BatchWriter,
): Promise<number> => {
  let count = 0;
  for await (const looked of compareKeys(ports, migration.tenantId, way, marks)) {
    const written: Mark[] = [];
    for (const { mark, decision } of looked) {
      if (decision.kind === 'same') continue;
      await (decision.kind === 'put' ? writer.put(decision.item) : writer.delete(mark.key));
      written.push(mark);
    }
    await writer.flush();
    const settled = sameOf(looked);
    for await (const again of compareKeys(ports, migration.tenantId, way, written))
      settled.push(...sameOf(again));
    await settleMarks(ports, migration, way.from.side, settled);
    count += settled.length;
  }
  return count;
};

const sameOf = (looked: readonly Looked[]): Mark[] =>
  looked.filter(({ decision }) => decision.kind === 'same').map(({ mark }) => mark);
