import type { BatchWriter } from '../batch-writer.ts';
import type { Migration } from '../migration.ts';
import type { Mark, Ports } from '../ports.ts';
import { compareKeys, type Looked } from './compare-keys.ts';
import { settleMarks } from './settle-marks.ts';
import type { Way } from './way.ts';

/**
 * Makes the side that is being filled as the live one for each marked key. A mark goes only when both sides, read after
 * it was set, were the same: so what was written is read again at once, and a key that has changed meanwhile stays marked.
 * An empty journal says that every key that ever changed has been seen equal since.
 * @returns how many marks were settled.
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
