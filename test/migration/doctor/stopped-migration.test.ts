import { expect, test } from 'vitest';
import { diagnoseTenant } from '../../../functions/migration/doctor/diagnose.ts';
import { isClosed, STATUSES, statusWords } from '../../../functions/migration/life-cycle.ts';
import { heldMigration } from '../../support/held-migration.ts';
import { aRoute, aTable, aTenant } from '../../support/records.ts';

const OPEN = STATUSES.filter((status) => !isClosed(status) && status !== 'queued');

test.each(OPEN)(
  'a migration without an execution is found while it is %s, which is told in words',
  async (status) => {
    const { ports, migration, source: table } = await heldMigration({}, { status });
    const { tenantId, migrationId } = migration;
    await ports.registry.addTable(aTable({ table, tenants: 1 }));
    ports.routes.records.delete(tenantId);
    await ports.registry.addTenant(
      aTenant({ tenantId, table, lockedBy: migrationId }),
      aRoute({ tenantId, table }),
    );
    const sentences = (await diagnoseTenant(ports, tenantId)).map(({ what }) => what);
    expect(sentences.join('\n')).toContain(statusWords(status));
    expect(sentences.join('\n')).not.toMatch(/(catching|cutting|cleaning|rolling)[A-Z]/);
  },
);
