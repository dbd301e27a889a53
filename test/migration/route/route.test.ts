import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FenceExpired, RouteMoved } from '../../../functions/migration/errors.ts';
import {
  epochMs,
  type MigrationId,
  type RoutingEpoch,
  type TenantId,
  tableName,
} from '../../../functions/migration/names.ts';
import {
  arm,
  disarm,
  fence,
  flip,
  ROUTE_PROTOCOL,
  type Route,
  reopen,
} from '../../../functions/migration/route/route.ts';

const source = tableName('basic');
const target = tableName('advanced');
const mine = 'mig-1' as MigrationId;
const theirs = 'mig-2' as MigrationId;
const open: Route = {
  tenantId: 'tenant-1' as TenantId,
  protocol: ROUTE_PROTOCOL,
  table: source,
  epoch: 7 as RoutingEpoch,
  writes: 'open',
  leaseMs: 30_000,
};
const fenced = fence(open, { migrationId: mine, source, deadline: epochMs(1_000) });
const flipBy = (migrationId: MigrationId, now = 0) => ({
  migrationId,
  target,
  leaseMs: 5_000,
  now: epochMs(now),
});

describe('a route', () => {
  test('is fenced until a deadline, on its next epoch', () => {
    expect(fenced).toEqual({
      ...open,
      epoch: 8,
      writes: 'fenced',
      fence: { migrationId: mine, deadline: 1_000 },
    });
  });

  test('keeps the first deadline when it is fenced again, because retries do not lengthen a fence', () => {
    expect(fence(fenced, { migrationId: mine, source, deadline: epochMs(9_000) })).toBe(fenced);
  });

  test("is not fenced over another migration's fence, nor on another table", () => {
    expect(() => fence(fenced, { migrationId: theirs, source, deadline: epochMs(1) })).toThrow(RouteMoved);
    expect(() => fence(open, { migrationId: mine, source: target, deadline: epochMs(1) })).toThrow(
      RouteMoved,
    );
  });

  test('is flipped to the target and opened by the holder of the fence', () => {
    expect(flip(fenced, flipBy(mine))).toEqual({ ...open, table: target, epoch: 9, leaseMs: 5_000 });
  });

  test('flipped twice is flipped once', () => {
    const flipped = flip(fenced, flipBy(mine));
    expect(flip(flipped, flipBy(mine))).toBe(flipped);
  });

  test('is not flipped without the fence, nor after its deadline', () => {
    expect(() => flip(open, flipBy(mine))).toThrow(RouteMoved);
    expect(() => flip(fenced, flipBy(theirs))).toThrow(RouteMoved);
    expect(() => flip(fenced, flipBy(mine, 1_000))).toThrow(FenceExpired);
    expect(flip(fenced, flipBy(mine, 999)).table).toBe(target);
  });

  test('is reopened on the source by the holder of the fence, and not changed by any other', () => {
    expect(reopen(fenced, { migrationId: mine, leaseMs: 30_000 })).toEqual({ ...open, epoch: 9 });
    expect(reopen(fenced, { migrationId: theirs, leaseMs: 30_000 })).toBe(fenced);
    expect(reopen(open, { migrationId: mine, leaseMs: 30_000 })).toBe(open);
  });

  test('has capture turned on for one side, then the other, each once', () => {
    const armed = arm(open, { migrationId: mine, side: 'source', table: source });
    expect(armed).toEqual({ ...open, epoch: 8, capture: { migrationId: mine, tables: { source } } });
    expect(arm(armed, { migrationId: mine, side: 'source', table: source })).toBe(armed);
    const both = arm(armed, { migrationId: mine, side: 'target', table: target });
    expect(both).toEqual({ ...open, epoch: 9, capture: { migrationId: mine, tables: { source, target } } });
    expect(arm(both, { migrationId: mine, side: 'source', table: source })).toBe(both);
  });

  test('does not get capture while another migration has it, nor on a second table of one side', () => {
    const armed = arm(open, { migrationId: mine, side: 'source', table: source });
    expect(() => arm(armed, { migrationId: theirs, side: 'target', table: target })).toThrow(RouteMoved);
    expect(() => arm(armed, { migrationId: mine, side: 'source', table: target })).toThrow(RouteMoved);
  });

  test('has capture turned off by the migration that turned it on, and not changed by any other', () => {
    const armed = arm(open, { migrationId: mine, side: 'source', table: source });
    expect(disarm(armed, { migrationId: mine })).toEqual({ ...open, epoch: 9 });
    expect(disarm(armed, { migrationId: theirs })).toBe(armed);
    expect(disarm(open, { migrationId: mine })).toBe(open);
  });

  test('keeps its capture through fence, flip and reopening', () => {
    const armed = arm(open, { migrationId: mine, side: 'source', table: source });
    const closed = fence(armed, { migrationId: mine, source, deadline: epochMs(1_000) });
    for (const route of [
      closed,
      flip(closed, flipBy(mine)),
      reopen(closed, { migrationId: mine, leaseMs: 1 }),
    ])
      expect(route.capture).toEqual(armed.capture);
  });

  test('tells capture when a rollback has made the source live again', () => {
    const armed = arm(open, { migrationId: mine, side: 'source', table: source });
    const there = { ...arm(armed, { migrationId: mine, side: 'target', table: target }), table: target };
    const closed = fence(there, { migrationId: mine, source: target, deadline: epochMs(1_000) });
    const flippedReverse = flip(closed, { ...flipBy(mine), target: source });
    expect(flippedReverse.capture).toEqual({ ...there.capture, isReversed: true });
    expect(disarm(flippedReverse, { migrationId: mine })).not.toHaveProperty('capture');
  });

  test('accepts writes on one table at most, and every change has a new epoch, for any order of callers (I1)', () => {
    const change = fc.constantFrom<(route: Route) => Route>(
      (route) => fence(route, { migrationId: mine, source, deadline: epochMs(1_000) }),
      (route) => fence(route, { migrationId: theirs, source, deadline: epochMs(1_000) }),
      (route) => flip(route, flipBy(mine)),
      (route) => flip(route, flipBy(theirs)),
      (route) => reopen(route, { migrationId: mine, leaseMs: 1 }),
      (route) => reopen(route, { migrationId: theirs, leaseMs: 1 }),
      (route) => arm(route, { migrationId: mine, side: 'source', table: source }),
      (route) => arm(route, { migrationId: theirs, side: 'target', table: target }),
      (route) => disarm(route, { migrationId: mine }),
      (route) => disarm(route, { migrationId: theirs }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let route = open;
        for (const apply of changes) {
          let next = route;
          try {
            next = apply(route);
          } catch (error) {
            expect(error).toBeInstanceOf(RouteMoved);
          }
          if (next !== route) expect(next.epoch).toBe(route.epoch + 1);
          if (next.table !== route.table) expect(route.writes).toBe('fenced');
          expect(next.protocol).toBe(open.protocol);
          expect(next.writes === 'fenced').toBe(next.fence !== undefined);
          if (route.capture && next.capture) expect(next.capture.migrationId).toBe(route.capture.migrationId);
          route = next;
        }
      }),
    );
  });
});
