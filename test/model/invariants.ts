import { isClosed, isFlipped } from '../../functions/migration/life-cycle.ts';
import { reopen, type Side } from '../../functions/migration/route/route.ts';
import { ABSENT, type Broken, liveSide, MIGRATION, type State, TENANT } from './state.ts';
import { isSwept } from './watchdog.ts';

/** Returns the invariant that this state breaks; undefined if none. */
export const brokenIn = (state: State): Broken | undefined => {
  if (state.broken) return state.broken;
  for (const check of CHECKS) {
    const found = check(state);
    if (found) return found;
  }
  return undefined;
};

/** I1: at no time may two tables accept the tenant's writes, by a route in use, by the present one, or by a call under way. */
const oneWritableTable = ({ route, writers }: State): Broken | undefined => {
  const sides = new Set<Side>();
  if (route.writes === 'open') sides.add(liveSide(route));
  for (const { lease, write } of writers) {
    if (lease && !lease.fenced) sides.add(lease.side);
    if (write) sides.add(write.side);
  }
  return sides.size > 1
    ? { invariant: 'I1', how: 'source and target both take writes of the tenant' }
    : undefined;
};

/** I2: the live table has the value that was acknowledged last. */
const nothingLost = ({ route, values, truth }: State): Broken | undefined => {
  const has = values[liveSide(route)];
  if (has === truth) return undefined;
  if (truth === ABSENT) return { invariant: 'I2', how: 'a deleted key is back in the live table' };
  return {
    invariant: 'I2',
    how: `the live table has ${nameOf(has)} where ${nameOf(truth)} was acknowledged`,
  };
};

/** I3: a read returns the latest value. A read by a fenced route returns a value that was the latest since its request. */
const readsAreMonotonic = ({ writers, fencedRead, values, truth }: State): Broken | undefined => {
  for (const { lease } of writers) {
    if (lease && values[lease.side] !== truth)
      return {
        invariant: 'I3',
        how: `a router reads ${nameOf(values[lease.side])} on the ${lease.side} after ${nameOf(truth)} was acknowledged`,
      };
  }
  if (fencedRead && !(fencedRead.may & (1 << values[fencedRead.side])))
    return {
      invariant: 'I3',
      how: `a read that asked for its route under the fence reads ${nameOf(values[fencedRead.side])} on the ${fencedRead.side}, which it never was since`,
    };
  return undefined;
};

/** I4: route and migration are this tenant's. */
const noOtherTenant = ({ route, migration }: State): Broken | undefined =>
  route.tenantId === TENANT && migration.tenantId === TENANT
    ? undefined
    : { invariant: 'I4', how: 'a route or a record of another tenant was written' };

/** I5: if writes are fenced, the watchdog alone can reopen them once the deadline has passed. */
const fenceEnds = ({ route, watchdog, sweep, migration }: State): Broken | undefined => {
  if (route.writes === 'open') return undefined;
  if (!watchdog.on && !(sweep && isSwept(migration)))
    return { invariant: 'I5', how: 'writes are fenced, and no watchdog reopens them' };
  return reopen(route, { migrationId: MIGRATION, leaseMs: route.leaseMs }).writes === 'open'
    ? undefined
    : { invariant: 'I5', how: 'the watchdog does not open this fence' };
};

/** I5: an ended migration leaves nothing behind that would hinder a retry or another migration. */
const nothingLeft = ({ route, migration, values, claim }: State): Broken | undefined => {
  if (!isClosed(migration.status)) return undefined;
  if (migration.status !== 'completed' && claim !== 'none' && claim !== 'gone')
    return { invariant: 'I5', how: 'rolled back, and a worker may still write the target' };
  if (route.capture)
    return { invariant: 'I5', how: 'the migration is over and capture is armed: no other can begin' };
  if (route.writes === 'fenced')
    return { invariant: 'I5', how: 'the migration is over and writes are fenced' };
  if (migration.status !== 'completed' && values.target !== ABSENT)
    return {
      invariant: 'I5',
      how: 'rolled back, and our copy is left in the target: no other migration can begin there',
    };
  return undefined;
};

/** A cancel that was accepted before the flip takes effect. */
const operatorIsObeyed = ({ migration }: State): Broken | undefined =>
  isFlipped(migration.status) && migration.cancellation
    ? { invariant: 'operator', how: 'the tenant was moved after a cancel had been accepted' }
    : undefined;

const CHECKS = [
  oneWritableTable,
  nothingLost,
  readsAreMonotonic,
  noOtherTenant,
  fenceEnds,
  nothingLeft,
  operatorIsObeyed,
];

export const nameOf = (value: number): string => (value === ABSENT ? 'nothing' : `v${value}`);
