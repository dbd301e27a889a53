import { expiringItemsCheck } from '../compare/expiring-items.ts';
import { ChecksumBuilder } from '../items/checksum.ts';
import { mayExpire } from '../items/expiry.ts';
import type { Item } from '../items/items.ts';
import { layoutOf } from '../items/key-layout.ts';
import type { Migration } from '../migration.ts';
import type { EntityKey } from '../names.ts';
import type { PacedReads } from '../partition/paced-reads.ts';
import { type Meter, readRange } from '../partition/read-range.ts';
import { runResumablePass } from '../partition/resumable-pass.ts';
import type { Ports } from '../ports.ts';
import type { Checksum, ExpiringProgress, Segment } from '../segment.ts';

/** Results of a pass over the kept source, up to the key `through`. */
interface KeptSourceProgress {
  readonly through?: EntityKey;
  /** Leaves out items that may expire. */
  readonly read: Checksum;
  /** Absent if items that may expire are not compared. */
  readonly expiring?: ExpiringProgress;
}

interface KeptSourceOptions {
  readonly meter: Meter;
  readonly reads: PacedReads;
  /** Results of earlier slices; absent to begin a pass. */
  readonly earlier: KeptSourceProgress | undefined;
  /** True to compare items that may expire with those that were recorded after the flip. */
  readonly comparesExpiring: boolean;
  readonly see?: (item: Item) => void;
  readonly save: (found: KeptSourceProgress & { readonly through: EntityKey }) => Promise<void>;
}

/**
 * Reads a segment of the kept source, in one slice or several.
 * @returns count, bytes and checksum, and the number of changed items among those that may expire.
 * @throws SegmentUnfinished once its cursor is saved
 */
export const readKeptSource = async (
  ports: Ports,
  { migrationId, tenantId, source }: Migration,
  segment: Segment,
  { meter, reads, earlier, comparesExpiring, see, save }: KeptSourceOptions,
): Promise<{ read: Checksum; expiringChanged: number }> => {
  const { range } = segment;
  const layout = layoutOf(ports.settings);
  const builder = new ChecksumBuilder();
  if (earlier) builder.merge(earlier.read);
  const expiring = comparesExpiring
    ? await expiringItemsCheck(ports, migrationId, segment, earlier?.expiring)
    : undefined;
  await runResumablePass({
    after: earlier?.through,
    pages: (after) => {
      const rest = after === undefined ? range : { ...range, after };
      const partition = ports.partition(tenantId);
      return readRange(partition, source.table, rest, ports.settings.pageItems, meter, reads, layout);
    },
    see: async (items) => {
      for (const item of items) {
        if (mayExpire(item, ports.settings)) expiring?.see(item);
        else builder.add(item);
        see?.(item);
      }
      const last = items.at(-1);
      return last && layout.keyOf(last);
    },
    save: (through) => save({ through, read: builder.value(), expiring: expiring?.soFar() }),
  });
  return { read: builder.value(), expiringChanged: expiring?.changed(ports.clock.now()) ?? 0 };
};
