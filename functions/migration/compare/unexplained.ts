import { compareEntries } from '../apply/compare-entries.ts';
import type { Transfer } from '../apply/transfer.ts';
import { counted } from '../counted.ts';
import { CutoverOverBudget, VerificationMismatch } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import type { Difference } from '../segment.ts';
import { differenceOf } from './differences.ts';

const MS = 1_000;
/** Maximum time between two polls for a change that explains a difference, in s. */
const MAX_POLL_SECONDS = 5;

/**
 * Saves a difference that was seen under the fence and that no journalled change explains, and gives the cutover up for now.
 * The change may still arrive, from a shard that holds no sentinel.
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
    'source and target differ under the fence, and no change in the journal explains it yet. Writes are reopened; the cutover is tried again later',
  );
};

/**
 * Returns how long the next cutover must wait, in s, for a change that explains a difference seen by an earlier cutover; 0 if
 * no difference is left. A difference counts as explained once either side has another value.
 * @throws VerificationMismatch if the difference is still there `captureMs` after it was first seen
 */
export const unexplainedWaitSeconds = async (
  ports: Ports,
  { migrationId, tenantId }: Migration,
  transfer: Transfer,
): Promise<number> => {
  const { differences, since, proof } = await ports.migrations.foreign(migrationId);
  if (since === undefined || proof !== undefined || differences.length === 0) return 0;
  const noted = new Map(differences.map((one) => [one.key, one]));
  const asked = differences.map(({ key }) => ({ key, sequence: 'compared', token: '' }));
  const remaining: Difference[] = [];
  for await (const comparisons of compareEntries(ports, tenantId, transfer, asked)) {
    for (const { entry, from, to, decision, isExpiry } of comparisons) {
      if (decision.kind === 'same' || isExpiry) continue;
      const [source, target] = transfer.from.side === 'source' ? [from, to] : [to, from];
      const now = differenceOf(entry.key, { source, target });
      const before = noted.get(entry.key);
      if (before?.source === now.source && before?.target === now.target) remaining.push(now);
    }
  }
  if (remaining.length === 0) {
    await ports.migrations.saveForeign(migrationId, { differences: [] });
    return 0;
  }
  const left = since + ports.settings.captureMs - ports.clock.now();
  if (left > 0) return Math.min(Math.ceil(left / MS), MAX_POLL_SECONDS);
  await ports.migrations.saveForeign(migrationId, { differences: remaining });
  throw new VerificationMismatch(
    `${counted(remaining.length, 'key differs', 'keys differ')} between source and target, and no change in the journal explains it. No flip was made; the tenant still lives on ${transfer.from.table}. The report lists the keys`,
    { facts: { migrationId, keys: remaining.length }, next: { action: 'report', migrationId } },
  );
};
