import { useState } from 'react';
import type { Migration } from '../../api/schema.ts';
import { useGet } from '../../api/use-get.ts';

/** Statuses in which items are read or copied, which makes no event. */
const PROGRESSING: ReadonlySet<Migration['status']> = new Set(['planning', 'provisioning', 'copying']);

const isProgressing = ({ status, dryRun, paused }: Migration): boolean =>
  !paused && (PROGRESSING.has(status) || (dryRun && status === 'queued'));

/** Reads a migration, and asks for it again only as long as its progress makes no events. */
export const useProgress = (migrationId: string, everyMs: number) => {
  const [isAsked, setIsAsked] = useState(true);
  const query = useGet('/migrations/{migrationId}', { params: { migrationId } }, isAsked ? { everyMs } : {});
  const migration = query.data?.value.migration;
  const wanted = migration === undefined || isProgressing(migration);
  if (wanted !== isAsked) setIsAsked(wanted);
  return query;
};
