import { STATUSES } from '../migration/life-cycle.ts';
import type { Migration } from '../migration/migration.ts';
import type { MigrationFilter, Migrations } from '../migration/record/migrations-port.ts';
import { BY_STATUS, BY_TENANT } from './control-tables.ts';
import { Meta } from './meta.ts';
import { partLocation } from './migration-parts.ts';
import type { Records } from './records.ts';

/** Lists migrations by the indexes of the migrations table. */
export const migrationListsIn = (records: Records, table: string): Pick<Migrations, 'list'> => {
  async function* byIndex(
    index: string,
    attribute: string,
    value: string,
    { before, atOnce }: Pick<MigrationFilter, 'before' | 'atOnce'>,
  ): AsyncGenerator<Migration, undefined> {
    const input = {
      TableName: table,
      IndexName: index,
      KeyConditionExpression: before === undefined ? '#a = :a' : '#a = :a AND migrationId < :before',
      ExpressionAttributeNames: { '#a': attribute },
      ExpressionAttributeValues: { ':a': value, ':before': before },
      ScanIndexForward: false,
      Limit: atOnce,
    };
    for await (const found of records.query(input)) {
      const listed = records.parseListed(Meta, partLocation(table, found.migrationId, found.part), found);
      if (listed) yield listed;
    }
    return undefined;
  }
  return {
    async *list({ tenantId, status, ...page }) {
      if (tenantId !== undefined) {
        for await (const one of byIndex(BY_TENANT, 'tenantId', tenantId, page))
          if (status === undefined || one.status === status) yield one;
      } else {
        const statuses = status === undefined ? STATUSES : [status];
        yield* latestFirst(statuses.map((one) => byIndex(BY_STATUS, 'status', one, page)));
      }
    },
  };
};

/**
 * Merges lists that are sorted latest first, by id, which begins with the time. If one list fails, the others are still
 * merged, and its error is thrown at the end.
 */
async function* latestFirst(
  lists: readonly AsyncGenerator<Migration, undefined>[],
): AsyncGenerator<Migration> {
  let failure: { readonly error: unknown } | undefined;
  const next = async (list: (typeof lists)[number]): Promise<Migration | undefined> => {
    try {
      return (await list.next()).value;
    } catch (error) {
      failure ??= { error };
      return undefined;
    }
  };
  const heads = await Promise.all(lists.map(async (list) => ({ list, head: await next(list) })));
  for (;;) {
    let latest: (typeof heads)[number] | undefined;
    for (const one of heads) {
      if (one.head && (!latest?.head || one.head.migrationId > latest.head.migrationId)) latest = one;
    }
    if (!latest?.head) break;
    yield latest.head;
    latest.head = await next(latest.list);
  }
  if (failure) throw failure.error;
}
