import type { Item } from '../items.ts';
import type { EntityKey, EpochMs, MigrationId, TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import { type Capture, type CaptureRoute, SIDES, type Side } from '../routing/route.ts';
import { captureWithoutRoute } from './capture-without-route.ts';
import { keepsFirstChanges, saveFirstChanges } from './first-changes.ts';
import { noteOldChange } from './proof.ts';
import { isSentinel } from './sentinel.ts';

/** A record of a tier table's stream: that the item under this key was put, changed or deleted. */
export interface Change {
  readonly tenantId: TenantId;
  readonly key: EntityKey;
  readonly sequence: string;
  readonly kind: 'added' | 'changed' | 'removed';
  /** Whether the table deleted the item because its time had passed. */
  readonly expired: boolean;
  /** When the record was made, rounded down to the second. Absent if the record does not say. */
  readonly createdAt?: EpochMs;
  /** Reads the item before and after the change. Absent if the stream does not have both; undefined if they cannot be read. */
  readonly images?: () => { readonly before?: Item; readonly after?: Item } | undefined;
}

/** The changes that go into one side's journal, a key once, with its latest sequence number. */
interface Captured {
  readonly tenantId: TenantId;
  readonly journal: MigrationId;
  readonly side: Side;
  readonly keys: Map<EntityKey, string>;
  /** When the oldest of them was made, as far as the records say. */
  oldest: EpochMs | undefined;
}

type CapturePorts = Pick<Ports, 'routes' | 'journal' | 'migrations' | 'settings' | 'clock' | 'log'>;

/**
 * Journals the keys of those tenants for whom capture is armed on this table. The changes are in the stream's order;
 * taking them twice does no harm. A tenant whose route cannot be read holds no other tenant of the shard up (I4), and
 * loses none of its own changes.
 */
export const captureChanges = async (
  ports: CapturePorts,
  table: TableName,
  changes: readonly Change[],
): Promise<void> => {
  if (changes.length === 0) return;
  const { journal } = ports;
  const found = await captureRoutes(ports, table, [...new Set(changes.map(({ tenantId }) => tenantId))]);
  const captured = new Map<string, Captured>();
  const sinceFlip = new Map<MigrationId, { readonly side: Side; readonly changes: Change[] }>();
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
    const side = flippedTo(ports, route, table, change);
    if (side) {
      const live = sinceFlip.get(journal) ?? { side, changes: [] };
      sinceFlip.set(journal, live);
      live.changes.push(change);
    }
  }
  // a mark that is seen explains a difference, and says that its first change is there
  await Promise.all(
    [...sinceFlip].map(([to, { side, changes: made }]) => saveFirstChanges(ports, to, side, made)),
  );
  const mark = (isWanted: (key: EntityKey) => boolean) =>
    Promise.all(
      [...captured.values()].map(async ({ journal: to, side, keys }) => {
        const wanted = [...keys]
          .filter(([key]) => isWanted(key))
          .map(([key, sequence]) => ({ key, sequence }));
        if (wanted.length > 0) await journal.mark(to, side, wanted);
      }),
    );
  // a sentinel that is seen in the journal proves that every change before it in the shard is there (I2)
  await mark((key) => !isSentinel(key));
  await mark(isSentinel);
  for (const { journal: of, oldest } of captured.values()) await noteOldChange(ports, of, table, oldest);
  await forgetWhatIsOver(ports, table, captured);
};

const older = (a: EpochMs | undefined, b: EpochMs | undefined): EpochMs | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

/** Reads the routes together. */
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

/** A migration may have closed and cleared its journal between the look at its route and the marking: nobody would clear it again. */
const forgetWhatIsOver = async (
  ports: CapturePorts,
  table: TableName,
  captured: ReadonlyMap<string, Captured>,
): Promise<void> => {
  if (captured.size === 0) return;
  const tenantIds = [...new Set([...captured.values()].map(({ tenantId }) => tenantId))];
  const now = await captureRoutes(ports, table, tenantIds);
  for (const { tenantId, journal: marked } of captured.values()) {
    if (now.get(tenantId)?.capture?.migrationId !== marked) await ports.journal.clear(marked);
  }
};

/**
 * The side that a flip has made live, if this is a change of it that may tell what was there before. A route that no flip has
 * changed says so: before the flip, capture reads no migration's record for this.
 */
const flippedTo = (
  { settings }: Pick<Ports, 'settings'>,
  { table: live, capture }: CaptureRoute,
  table: TableName,
  { images, key }: Change,
): Side | undefined => {
  if (live !== table || isSentinel(key)) return undefined;
  if (!images && !keepsFirstChanges(settings)) return undefined;
  if (capture?.tables.target === table) return 'target';
  return capture?.isReversed && capture.tables.source === table ? 'source' : undefined;
};

const sidesOn = (table: TableName, { tables }: Capture): Side[] =>
  SIDES.filter((side) => tables[side] === table);

/**
 * An item that expires on the side that is not live is no change: an expired item may be missing there. On the live
 * table it is gone for the tenant. A sentinel has proved what it can when it was put.
 */
const isNoChange = (route: CaptureRoute, table: TableName, { expired, kind, key }: Change): boolean =>
  (expired && route.table !== table) || (kind === 'removed' && isSentinel(key));
