import { randomBytes } from 'node:crypto';
import type { ConfigInput } from '../../functions/migration/config.ts';

/** Tiers of the verification: two with shared tables, and one whose tenants have tables of their own. */
export const TIERS = { first: 'first', second: 'second', own: 'own' } as const;

/** A prefix that no real deployment has. Whatever the run creates has a name that begins with it. */
const PREFIX = /^tfv-[a-z0-9]{6}$/;
const RANDOM_BYTES = 3;

export const newPrefix = (): string => `tfv-${randomBytes(RANDOM_BYTES).toString('hex')}`;

/** @throws RangeError if it may be the prefix of a real deployment: nothing under it may be removed. */
export const checkedPrefix = (prefix: string): string => {
  if (!PREFIX.test(prefix))
    throw new RangeError(
      `'${prefix}' is no prefix of a verification run (tfv- and six letters or digits). Nothing was changed.`,
    );
  return prefix;
};

/** Names of the stacks, in the order in which CDK creates them. */
export const stackNames = (prefix: string): readonly string[] =>
  ['Records', 'TierTables', 'Migration'].map((part) => `Tierferry-${prefix}-${part}`);

/** The configuration that is deployed. */
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
