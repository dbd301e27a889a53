import type { Session } from './schema.ts';
import { useGet } from './use-get.ts';

/** Names of the items that are counted for the tiers' limits. */
export type CountedNames = Pick<Session['counted'], 'label' | 'labels'>;

/** The names if the settings give no others. */
const SCHOOLS: CountedNames = { label: 'school', labels: 'schools' };

/** Returns what the deployment counts. The shell reads the session before a view reads its data, so the names stay. */
export const useCountedNames = (): CountedNames => useGet('/session', {}).data?.value.counted ?? SCHOOLS;
