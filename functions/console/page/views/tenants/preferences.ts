import type { PostArgs } from '../../api/client.ts';
import type { Tenant } from '../../api/schema.ts';

/** Preferences for the moves of a tenant that outgrows its tier. */
export interface Preferences {
  readonly isAutomatic: boolean;
  /** A tier, or `none`. */
  readonly pin: string;
  readonly wantsDedicated: boolean;
}

/** The preferences of a request, without its reason. */
type Change = Omit<PostArgs<'/tenants/{tenantId}/preferences'>['body'], 'reason'>;

export const NO_PIN = 'none';

export const preferencesOf = ({
  autoMigrate,
  pinnedTier,
  wantsDedicated,
}: Pick<Tenant, 'autoMigrate' | 'pinnedTier' | 'wantsDedicated'>): Preferences => ({
  isAutomatic: autoMigrate !== 'off',
  pin: pinnedTier ?? NO_PIN,
  wantsDedicated: wantsDedicated ?? false,
});

/** Returns the request that makes the saved preferences those that are wanted; undefined if they are the same. */
export const preferencesChange = (saved: Preferences, wanted: Preferences): Change | undefined => {
  const body: Change = {
    ...(saved.isAutomatic === wanted.isAutomatic ? {} : { autoMigrate: wanted.isAutomatic ? 'on' : 'off' }),
    ...(saved.pin === wanted.pin ? {} : { pin: wanted.pin }),
    ...(saved.wantsDedicated === wanted.wantsDedicated ? {} : { dedicated: wanted.wantsDedicated }),
  };
  return Object.keys(body).length === 0 ? undefined : body;
};
