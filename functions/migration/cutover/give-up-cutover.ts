import { counted } from '../counted.ts';
import { eventFailureOf } from '../error-catalogue.ts';
import type { CutoverFailure, Direction, EventFailure, Migration } from '../migration.ts';
import type { EntityKey } from '../names.ts';
import { reasonLine } from '../reason.ts';
import type { MigrationChange } from '../record/migrations-port.ts';
import { makeReport } from '../report/make-report.ts';
import type { Cutover } from './cutover-context.ts';

/**
 * Number of cutovers that writes past the leases may stop before the next is held for an operator. Each of them fences the
 * tenant's writes for seconds.
 */
const TRIES_PAST_LEASES = 2;
/** Maximum number of keys in the record. */
const MAX_KEYS = 1_000;

/** Event text and changes of the transition that reopens writes. */
interface ReopenTransition {
  readonly reason: string;
  readonly failure?: EventFailure;
  readonly change: MigrationChange;
}

/**
 * Describes why a cutover gave up, and makes the next one wait for release if this is the second that met writes past the leases. Without the
 * hold, the tenant's writers would wait again and again for a flip that cannot succeed. A rollback has no such hold.
 */
export const reopenTransition = (
  now: Migration,
  table: string,
  direction: Direction,
  failed: CutoverFailure | undefined,
): ReopenTransition => {
  if (!failed) return { reason: 'writes reopened; the cutover is tried again later', change: {} };
  const { keysPastLeases, at } = failed;
  const reason = `cutover gave up, writes reopened: ${reasonLine(failed)}`;
  const failure = eventFailureOf(failed, now);
  if (keysPastLeases === 0) return { reason, failure, change: { cutoverFailure: failed } };
  const cutoversPastLeases = (now.cutoversPastLeases ?? 0) + 1;
  const change = { cutoverFailure: failed, cutoversPastLeases };
  const isHeld = direction === 'forward' && cutoversPastLeases >= TRIES_PAST_LEASES;
  return {
    reason: `${reason}. ${pastLeases(keysPastLeases, table)}${isHeld ? '. The next cutover is held' : ''}`,
    failure,
    change: isHeld ? { ...change, cutoverHeld: true, controlledAt: at } : change,
  };
};

const pastLeases = (keys: number, table: string): string =>
  `${counted(keys, 'key')} of ${table} ${keys === 1 ? 'was' : 'were'} written after every lease had run out: a process writes without the router`;

/** Adds keys that were written past the leases to those of earlier tries, and updates the report. */
export const saveKeysPastLeases = async (
  { ports, migration: { migrationId, tenantId } }: Pick<Cutover, 'ports' | 'migration'>,
  keys: readonly EntityKey[],
): Promise<void> => {
  if (keys.length === 0) return;
  const before = await ports.migrations.keysPastLeases(migrationId);
  const all = [...new Set([...before, ...keys])].slice(0, MAX_KEYS);
  await ports.migrations.saveKeysPastLeases(migrationId, all);
  const now = await ports.migrations.get(migrationId);
  if (now) await ports.migrations.saveReport(migrationId, await makeReport(ports, now));
  ports.log.warn(
    { migrationId, tenantId, items: keys.length },
    'writes under the fence after every lease had run out: a process writes without the router',
  );
};
