import { isSentinel } from '../items/sentinel.ts';
import type { EntityKey, EpochMs, MigrationId, TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Capture, type CaptureRoute, SIDES, type Side } from '../route/route.ts';
import { captureWithoutRoute } from './capture-without-route.ts';
import type { CapturedChange } from './captured-change.ts';
import { keepsFirstChanges, saveFirstChanges } from './first-changes.ts';
import { noteOldChange } from './proof-of-capture.ts';

/** The changes that go into one side's journal: each key once, with its latest sequence number. */
interface CaptureTarget {
  readonly tenantId: TenantId;
  readonly journal: MigrationId;
  readonly side: Side;
  readonly keys: Map<EntityKey, string>;
  /** Time of the oldest change, if the records have times. */
  oldest: EpochMs | undefined;
}

type CapturePorts = Pick<Ports, 'routes' | 'journal' | 'migrations' | 'settings' | 'clock' | 'log'>;

/**
 * Journals the changed keys of the tenants for which capture is armed on this table. Changes are given in stream order;
 * processing them twice does no harm. A tenant whose route cannot be read does not block the other tenants of the shard
 * (I4), and none of its changes is lost.
 */
export const captureChanges = async (
  ports: CapturePorts,
  table: TableName,
  changes: readonly CapturedChange[],
): Promise<void> => {
  if (changes.length === 0) return;
  const { journal } = ports;
  const found = await captureRoutes(ports, table, [...new Set(changes.map(({ tenantId }) => tenantId))]);
  const captured = new Map<string, CaptureTarget>();
  const sinceFlip = new Map<MigrationId, { readonly side: Side; readonly changes: CapturedChange[] }>();
  for (const change of changes) {
    const route = found.get(change.tenantId);
    if (!route?.capture || isNoChange(route, table, change)) continue;
    const journal = route.capture.migrationId;
    for (const side of sidesOn(table, route.capture)) {
      const id = `${journal}#${side}`;
      const one = captured.get(id) ?? {
        tenantId: change.tenantId,
        journal,
        side,
        keys: new Map<EntityKey, string>(),
        oldest: undefined,
      };
      captured.set(id, one);
      one.keys.set(change.key, change.sequence);
      one.oldest = older(one.oldest, change.createdAt);
    }
    const side = liveSideOf(ports, route, table, change);
    if (side) {
      const live = sinceFlip.get(journal) ?? { side, changes: [] };
      sinceFlip.set(journal, live);
      live.changes.push(change);
    }
  }
  // first: a journal entry that is visible explains a difference, and implies that the first change of its key is saved
  await Promise.all(
    [...sinceFlip].map(([to, { side, changes: made }]) => saveFirstChanges(ports, to, side, made)),
  );
  const journalChanges = (isWanted: (key: EntityKey) => boolean) =>
    Promise.all(
      [...captured.values()].map(async ({ journal: to, side, keys }) => {
        const wanted = [...keys]
          .filter(([key]) => isWanted(key))
          .map(([key, sequence]) => ({ key, sequence }));
        if (wanted.length > 0) await journal.addEntries(to, side, wanted);
      }),
    );
  // a sentinel that is visible in the journal proves that every earlier change of its shard is there too (I2)
  await journalChanges((key) => !isSentinel(key));
  await journalChanges(isSentinel);
  for (const { journal: of, oldest } of captured.values()) await noteOldChange(ports, of, table, oldest);
  await clearClosedJournals(ports, table, captured);
};

const older = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

/** Reads the tenants' routes. If a route is damaged, takes what the tenant's migration says instead. */
const captureRoutes = async (
  ports: CapturePorts,
  table: TableName,
  tenantIds: readonly TenantId[],
): Promise<ReadonlyMap<TenantId, CaptureRoute>> => {
  const { routes, damaged } = await ports.routes.getMany(tenantIds);
  const found = new Map(routes);
  for (const tenantId of damaged) {
    const instead = await captureWithoutRoute(ports, tenantId, table);
    if (instead) found.set(tenantId, instead);
  }
  return found;
};

/**
 * Clears the journals of migrations that closed after their route was read: no other step would clear these entries.
 */
const clearClosedJournals = async (
  ports: CapturePorts,
  table: TableName,
  captured: ReadonlyMap<string, CaptureTarget>,
): Promise<void> => {
  if (captured.size === 0) return;
  const tenantIds = [...new Set([...captured.values()].map(({ tenantId }) => tenantId))];
  const now = await captureRoutes(ports, table, tenantIds);
  for (const { tenantId, journal: entries } of captured.values()) {
    if (now.get(tenantId)?.capture?.migrationId !== entries) await ports.journal.clear(entries);
  }
};

/**
 * Returns the side that a flip has made live, if this change of it may show what the flip left under the key. Before
 * the flip the route alone shows that there is none, so capture reads no migration's record.
 */
const liveSideOf = (
  { settings }: Pick<Ports, 'settings'>,
  { table: live, capture }: CaptureRoute,
  table: TableName,
  { images, key }: CapturedChange,
): Side | undefined => {
  if (live !== table || isSentinel(key)) return undefined;
  if (!images && !keepsFirstChanges(settings)) return undefined;
  if (capture?.tables.target === table) return 'target';
  return capture?.isReversed && capture.tables.source === table ? 'source' : undefined;
};

const sidesOn = (table: TableName, { tables }: Capture): Side[] =>
  SIDES.filter((side) => tables[side] === table);

/**
 * True if the change need not be journalled. An item that expires on the side that is not live is no change, since an
 * expired item may be missing there; on the live table, the tenant has lost the item. A sentinel has served its purpose
 * once it was put, so its deletion is no change either.
 */
const isNoChange = (route: CaptureRoute, table: TableName, { expired, kind, key }: CapturedChange): boolean =>
  (expired && route.table !== table) || (kind === 'removed' && isSentinel(key));
