import type { Ports } from '../../functions/migration/ports.ts';

/** Notes in each migration that catches up that its journal may lack changes: all keys are compared again then. */
export const noteGap = async ({ migrations, clock }: Ports): Promise<void> => {
  for await (const migration of migrations.list({ status: 'catchingUp' })) {
    const before = await migrations.get(migration.migrationId);
    if (before) await migrations.update(before, { gap: { at: clock.now(), why: 'planted by a test' } });
  }
};
