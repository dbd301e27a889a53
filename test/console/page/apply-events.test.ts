import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventApplier } from '../../../functions/console/page/live/apply-events.ts';
import type { PublishedEvent } from '../../../functions/console/page/live/follow-stream.ts';

/** Longer than changes are gathered, in ms. */
const SILENCE_MS = 1_000;

const event = (migrationId: string, tenantId: string): PublishedEvent => ({
  ...{ eventId: `${migrationId}/1`, migrationId, tenantId, to: 'copying', by: 'ana', reason: 'it is quiet' },
  ...{ dryRun: false, source: { table: 'basic' }, target: { table: 'advanced' } },
  at: new Date(0).toISOString(),
});
const one = event('mig-1', 'cedar');
const other = event('mig-2', 'elder');

/** Documents on the screen, with the paths that are read. */
const documentsOf = (
  ...keys: readonly (readonly [path: string, args: object, meta?: { isLive: boolean }])[]
) => {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } });
  const read: string[] = [];
  const leave = keys.map(([path, args, meta]) =>
    new QueryObserver(queries, {
      queryKey: [path, args],
      queryFn: () => {
        const given = Object.values(args).flatMap((values: object) => Object.values(values));
        read.push([path, ...given].join(' '));
        return path;
      },
      initialData: path,
      ...(meta ? { meta } : {}),
    }).subscribe(() => undefined),
  );
  return { queries, read, leave };
};

const migrationOf = (migrationId: string) =>
  ['/migrations/{migrationId}', { params: { migrationId } }] as const;

describe('a page that is told of changes', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('reads the first one after a silence without waiting for more', async () => {
    const { queries, read } = documentsOf(['/queue', {}], migrationOf('mig-1'));
    const apply = eventApplier(queries);
    for (let n = 1; n <= 2; n += 1) {
      apply(one);
      await vi.advanceTimersByTimeAsync(0);
      expect(read).toHaveLength(2 * n);
      await vi.advanceTimersByTimeAsync(SILENCE_MS);
      expect(read).toHaveLength(2 * n);
    }
  });

  test('reads changes that arrive together once, with the documents of each', async () => {
    const { queries, read } = documentsOf(['/queue', {}], migrationOf('mig-1'), migrationOf('mig-2'));
    const apply = eventApplier(queries);
    apply(one);
    apply(one);
    apply(other);
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(read.sort()).toEqual([
      '/migrations/{migrationId} mig-1',
      '/migrations/{migrationId} mig-2',
      '/queue',
    ]);
  });

  test('gathers the changes that follow soon, and reads them once', async () => {
    const { queries, read } = documentsOf(migrationOf('mig-1'), migrationOf('mig-2'));
    const apply = eventApplier(queries);
    apply(one);
    await vi.advanceTimersByTimeAsync(1);
    for (let n = 0; n < 20; n += 1) {
      apply(other);
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(read).toEqual(['/migrations/{migrationId} mig-1']);
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(read).toEqual(['/migrations/{migrationId} mig-1', '/migrations/{migrationId} mig-2']);
  });

  test('reads nothing that the change has not touched, that never changes, or that is off the screen', async () => {
    const { queries, read, leave } = documentsOf(
      migrationOf('mig-2'),
      ['/migrations/{migrationId}/plan', { params: { migrationId: 'mig-1' } }, { isLive: false }],
      ['/session', {}],
      ['/tenants', {}],
      ['/tables', {}],
    );
    leave.at(-1)?.();
    eventApplier(queries)(one);
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(read).toEqual(['/tenants']);
  });

  const tenantsOf = (table: string) => ['/tenants', { query: { table } }] as const;

  test('reads the tenants of the tables of the migration only', async () => {
    const { queries, read } = documentsOf(tenantsOf('basic'), tenantsOf('premium'), tenantsOf('advanced'));
    eventApplier(queries)(one);
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(read).toEqual(['/tenants basic', '/tenants advanced']);
  });

  test.each([
    ['a dry run', { dryRun: true }],
    ['a finding, or an action that changes no status', { from: 'copying' }],
  ] as const)('reads no tenants and tables for %s, which moves none', async (_, change) => {
    const { queries, read } = documentsOf(['/tenants', {}], ['/tables', {}], tenantsOf('basic'), [
      '/queue',
      {},
    ]);
    eventApplier(queries)({ ...one, ...change });
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(read).toEqual(['/queue']);
  });

  test('reads tenants and tables once more after a flip, which the registry shows only after the next step', async () => {
    const { queries, read } = documentsOf(['/tables', {}], tenantsOf('basic'), tenantsOf('premium'));
    eventApplier(queries)({ ...one, from: 'cuttingOver', to: 'holding' });
    await vi.advanceTimersByTimeAsync(SILENCE_MS);
    expect(read).toEqual(['/tables', '/tenants basic']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(read).toEqual(['/tables', '/tenants basic', '/tables', '/tenants basic']);
  });
});
