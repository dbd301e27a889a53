import { ChecksumBuilder } from '../items/checksum.ts';
import type { TableName, TenantId } from '../names.ts';
import { PacedReads } from '../partition/paced-reads.ts';
import type { Ports } from '../ports.ts';
import type { Checksum, Difference } from '../segment.ts';
import { Differences, differenceOf, joinByKey } from './differences.ts';

/** Maximum number of differing keys that a comparison returns. */
const MAX_COMPARED_DIFFERENCES = 1_000;

/** Result of comparing one tenant's partition in two tables. */
export interface Comparison {
  readonly tenantId: TenantId;
  readonly table: TableName;
  readonly against: TableName;
  /** Leaves out expired items that only one side has, and so does `target`. */
  readonly source: Checksum;
  readonly target: Checksum;
  /** Number of expired items that only one side has. They are no difference: DynamoDB deletes them on each side at its own time. */
  readonly expired: number;
  /** At most 1,000 keys; `differing` is the total. */
  readonly differences: readonly Difference[];
  readonly differing: number;
  readonly equal: boolean;
}

/**
 * Compares one tenant's partition in two tables, item by item, with consistent reads, and writes nothing. If the application
 * writes meanwhile, the result may contain differences that no longer exist.
 * @param onItems receives the number of items compared so far, once per page and at the end.
 * @throws TableNotFound
 */
export const comparePartitions = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  against: TableName,
  onItems: (items: number) => void = () => {},
): Promise<Comparison> => {
  const source = new ChecksumBuilder();
  const target = new ChecksumBuilder();
  const differences = new Differences(MAX_COMPARED_DIFFERENCES);
  let expired = 0;
  let seen = 0;
  const reads = new PacedReads(ports, undefined);
  const sides = { tenantId, source: table, target: against, range: {}, meter: { read: 0 }, reads };
  for await (const pair of joinByKey(ports, sides)) {
    if (pair.kind === 'expired') {
      expired += 1;
    } else {
      if (pair.source) source.add(pair.source);
      if (pair.target) target.add(pair.target);
      if (pair.kind !== 'same') differences.add(differenceOf(pair.key, pair));
    }
    seen += 1;
    if (seen % ports.settings.pageItems === 0) onItems(seen);
  }
  onItems(seen);
  const found = differences.value();
  return {
    tenantId,
    table,
    against,
    source: source.value(),
    target: target.value(),
    expired,
    ...found,
    equal: found.differing === 0,
  };
};
