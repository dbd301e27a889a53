import { FingerprintBuilder } from '../fingerprint.ts';
import type { TableName, TenantId } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Difference, Fingerprint } from '../segment.ts';
import { joinByKey } from './differences.ts';

/** Differing keys that a comparison returns. */
const KEPT_DIFFERENCES = 1_000;

export interface Comparison {
  readonly tenantId: TenantId;
  readonly table: TableName;
  readonly against: TableName;
  readonly source: Fingerprint;
  readonly target: Fingerprint;
  /** At most 1,000 keys; `differing` is how many there are. */
  readonly differences: readonly Difference[];
  readonly differing: number;
  readonly equal: boolean;
}

/**
 * Compares one tenant's partition in two tables, item by item, in one consistent read of each. Writes nothing. Of a
 * tenant that is being written it compares two moving things.
 * @param onItems told how many items have been compared, after each page's worth.
 * @throws TableNotFound
 */
export const comparePartitions = async (
  ports: Ports,
  tenantId: TenantId,
  table: TableName,
  against: TableName,
  onItems: (items: number) => void = () => {},
): Promise<Comparison> => {
  const partition = ports.partition(tenantId);
  const source = new FingerprintBuilder();
  const target = new FingerprintBuilder();
  const differences: Difference[] = [];
  let differing = 0;
  let seen = 0;
  for await (const pair of joinByKey(partition, table, against, {}, ports.settings.pageItems, { read: 0 })) {
    if (pair.source) source.add(pair.source);
    if (pair.target) target.add(pair.target);
    if (pair.kind !== 'same') {
      differing += 1;
      if (differences.length < KEPT_DIFFERENCES) differences.push({ key: pair.key, kind: pair.kind });
    }
    seen += 1;
    if (seen % ports.settings.pageItems === 0) onItems(seen);
  }
  onItems(seen);
  return {
    tenantId,
    table,
    against,
    source: source.value(),
    target: target.value(),
    differences,
    differing,
    equal: differing === 0,
  };
};
