import { TableNotFound } from '../errors.ts';
import { layoutOf } from '../items/key-layout.ts';
import { isSentinelItem } from '../items/sentinel.ts';
import type { EntityKey } from '../names.ts';
import type { Ports } from '../ports.ts';
import type { Tenant } from '../registry/tenant.ts';

/** Maximum number of items of a read that only looks for the first one. A few sentinels may precede it. */
const FIRST_ITEMS = 25;

/** True if the tenant has items in its table. Sentinels do not count, and a table that does not exist has none. */
export const hasItems = async (ports: Ports, tenant: Tenant): Promise<boolean> => {
  for await (const items of pagesOf(ports, tenant, FIRST_ITEMS)) if (items > 0) return true;
  return false;
};

/** Counts the tenant's items in its table, consistently. */
export const countItems = async (ports: Ports, tenant: Tenant): Promise<number> => {
  let all = 0;
  for await (const items of pagesOf(ports, tenant, ports.settings.pageItems)) all += items;
  return all;
};

/** Reads the tenant's partition page by page, and returns the number of items of each page. */
async function* pagesOf(
  ports: Ports,
  { tenantId, table }: Tenant,
  limit: number,
): AsyncGenerator<number, void> {
  const partition = ports.partition(tenantId);
  const layout = layoutOf(ports.settings);
  let after: EntityKey | undefined;
  try {
    do {
      const page = await partition.read(table, { after }, { limit, consistent: true });
      yield page.items.filter((item) => !isSentinelItem(item, layout)).length;
      after = page.last;
    } while (after !== undefined);
  } catch (error) {
    if (!(error instanceof TableNotFound)) throw error;
  }
}
