import type { Ports } from '../../functions/migration/ports.ts';

/** Records a gap in the journal of each migration that is catching up, so that all keys are compared again. */
export const noteGap = async ({ migrations, clock }: Ports): Promise<void> => {
  for await (const migration of migrations.list({ status: 'catchingUp' })) {
    const before = await migrations.get(migration.migrationId);
    if (before) await migrations.update(before, { gap: { at: clock.now(), reason: 'planted by a test' } });
  }
};
