import { compareKeys } from '../apply/compare-keys.ts';
import type { Way } from '../apply/way.ts';
import { CutoverOverBudget, VerificationMismatch } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Difference } from '../segment.ts';
import { differenceOf } from './differences.ts';

const MS = 1_000;
/** Longest time between two looks at a difference that no change explains yet, in s. */
const LOOK_SECONDS = 5;

/**
 * Notes a difference that was seen under the fence and that no journalled change explains. The change may still be on its
 * way, in a shard that holds no sentinel: so the cutover is given up for now.
 * @throws CutoverOverBudget
 */
export const noteUnexplained = async (
  ports: Ports,
  { migrationId }: Migration,
  difference: Difference,
): Promise<never> => {
  const since = ports.clock.now();
  await ports.migrations.saveForeign(migrationId, { differences: [difference], since });
  throw new CutoverOverBudget(
    'the sides differ under the fence, and no change in the journal explains it yet; writes are opened again',
  );
};

/**
 * Says how long to wait before the next cutover because of a difference that an earlier one saw and that nothing has explained
 * since, in s; 0 if there is none. It is explained once either side has another value.
 * @throws VerificationMismatch if it is still there `captureMs` after it was first seen.
 */
export const unexplainedWaitSeconds = async (
  ports: Ports,
  { migrationId, tenantId }: Migration,
  way: Way,
): Promise<number> => {
  const { differences, since, proof } = await ports.migrations.foreign(migrationId);
  if (since === undefined || proof !== undefined || differences.length === 0) return 0;
  const noted = new Map(differences.map((one) => [one.key, one]));
  const asked = differences.map(({ key }) => ({ key, sequence: 'compared', token: '' }));
  const still: Difference[] = [];
  for await (const looked of compareKeys(ports, tenantId, way, asked)) {
    for (const { mark, from, to, decision, isExpiry } of looked) {
      if (decision.kind === 'same' || isExpiry) continue;
      const [source, target] = way.from.side === 'source' ? [from, to] : [to, from];
      const now = differenceOf(mark.key, { source, target });
      const before = noted.get(mark.key);
      if (before?.source === now.source && before?.target === now.target) still.push(now);
    }
  }
  if (still.length === 0) {
    await ports.migrations.saveForeign(migrationId, { differences: [] });
    return 0;
  }
  const left = since + ports.settings.captureMs - ports.clock.now();
  if (left > 0) return Math.min(Math.ceil(left / MS), LOOK_SECONDS);
  await ports.migrations.saveForeign(migrationId, { differences: still });
  throw new VerificationMismatch(
    `${still.length} keys differ, and no change in the journal explains it. The tenant still lives on ${way.from.table}. See the keys: tierferry report ${migrationId}`,
  );
};
