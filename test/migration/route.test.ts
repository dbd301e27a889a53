import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FenceExpired, RouteMoved } from '../../functions/migration/errors.ts';
import {
  epochMs,
  type MigrationId,
  type RoutingEpoch,
  type TenantId,
  tableName,
} from '../../functions/migration/names.ts';
import { fence, flip, type Route, reopen } from '../../functions/migration/routing/route.ts';

const source = tableName('basic');
const target = tableName('advanced');
const mine = 'mig-1' as MigrationId;
const theirs = 'mig-2' as MigrationId;
const open: Route = {
  tenantId: 'tenant-1' as TenantId,
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

  test('keeps the first deadline when it is fenced again: retries do not lengthen a fence', () => {
    expect(fence(fenced, { migrationId: mine, source, deadline: epochMs(9_000) })).toBe(fenced);
  });

  test("is not fenced over another migration's fence, nor on another table", () => {
    expect(() => fence(fenced, { migrationId: theirs, source, deadline: epochMs(1) })).toThrow(RouteMoved);
    expect(() => fence(open, { migrationId: mine, source: target, deadline: epochMs(1) })).toThrow(
      RouteMoved,
    );
  });

  test('is flipped to the target and opened by who holds the fence', () => {
    expect(flip(fenced, flipBy(mine))).toEqual({ ...open, table: target, epoch: 9, leaseMs: 5_000 });
  });

  test('flipped twice is flipped once', () => {
    const flipped = flip(fenced, flipBy(mine));
    expect(flip(flipped, flipBy(mine))).toBe(flipped);
  });

  test('is not flipped without the fence, nor past its deadline', () => {
    expect(() => flip(open, flipBy(mine))).toThrow(RouteMoved);
    expect(() => flip(fenced, flipBy(theirs))).toThrow(RouteMoved);
    expect(() => flip(fenced, flipBy(mine, 1_000))).toThrow(FenceExpired);
    expect(flip(fenced, flipBy(mine, 999)).table).toBe(target);
  });

  test('is reopened on the source by who holds the fence, and left alone by anyone else', () => {
    expect(reopen(fenced, { migrationId: mine, leaseMs: 30_000 })).toEqual({ ...open, epoch: 9 });
    expect(reopen(fenced, { migrationId: theirs, leaseMs: 30_000 })).toBe(fenced);
    expect(reopen(open, { migrationId: mine, leaseMs: 30_000 })).toBe(open);
  });

  test('takes writes on one table at most, and every change has a new epoch, whoever does what (I1)', () => {
    const change = fc.constantFrom<(route: Route) => Route>(
      (route) => fence(route, { migrationId: mine, source, deadline: epochMs(1_000) }),
      (route) => fence(route, { migrationId: theirs, source, deadline: epochMs(1_000) }),
      (route) => flip(route, flipBy(mine)),
      (route) => flip(route, flipBy(theirs)),
      (route) => reopen(route, { migrationId: mine, leaseMs: 1 }),
      (route) => reopen(route, { migrationId: theirs, leaseMs: 1 }),
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
          expect(next.writes === 'fenced').toBe(next.fence !== undefined);
          route = next;
        }
      }),
    );
  });
});
