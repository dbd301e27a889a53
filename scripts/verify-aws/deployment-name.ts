import { randomBytes } from 'node:crypto';
import type { ConfigInput } from '../../functions/migration/settings/config.ts';

/** Tiers of the verification: two with shared tables, and one whose tenants have tables of their own. */
export const TIERS = { first: 'first', second: 'second', own: 'own' } as const;

/** Pattern of the prefix, which no real deployment has. The name of every resource of the run begins with it. */
const PREFIX = /^tfv-[a-z0-9]{6}$/;
const RANDOM_BYTES = 3;

export const newPrefix = (): string => `tfv-${randomBytes(RANDOM_BYTES).toString('hex')}`;

/** Returns the prefix. @throws RangeError if it may be that of a real deployment, under which nothing may be removed */
export const checkedPrefix = (prefix: string): string => {
  if (!PREFIX.test(prefix))
    throw new RangeError(
      `'${prefix}' is not the prefix of a verification run (tfv- and six letters or digits). Nothing was changed.`,
    );
  return prefix;
};

/** Returns the names of the stacks, in the order in which CDK creates them. */
export const stackNames = (prefix: string): readonly string[] =>
  ['Records', 'TierTables', 'Migration'].map((part) => `Tierferry-${prefix}-${part}`);

/** Returns the configuration of the deployment. */
export const verificationConfig = (
  prefix: string,
  { reservedConcurrency }: { readonly reservedConcurrency: boolean },
): ConfigInput => ({
  prefix: checkedPrefix(prefix),
  reservedConcurrency,
  tiers: [
    { name: TIERS.first, placement: 'shared', maxTenants: 5 },
    { name: TIERS.second, placement: 'shared', maxTenants: 5 },
    { name: TIERS.own, placement: 'dedicated', maxTenants: 1 },
  ],
});
