import { InvalidRequest } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { findTenant, tenantBeingRemoved } from '../registry/find-tenant.ts';
import type { Preferences, Tenant } from '../registry/tenant.ts';
import { tierOf } from '../settings/settings.ts';

/** Changes of a tenant's preferences. An absent field is not changed. */
export interface PreferenceChange {
  readonly autoMigrate?: 'on' | 'off';
  /** Name of a tier, or `none`. */
  readonly pin?: string;
  readonly dedicated?: boolean;
}

/** The operator who changes preferences, with the reason. */
interface PreferencesNote {
  readonly by: string;
  readonly reason?: string | undefined;
}

/**
 * Changes a tenant's preferences for its migrations when it outgrows its tier. Does not affect an open migration.
 * @param note the operator, and the reason, which is recorded with the preferences
 * @param seen the tenant as the operator saw it; absent to change its preferences whatever they are
 * @throws TenantNotFound @throws TenantBeingRemoved
 * @throws Conflict if the preferences are no longer those that the operator saw
 * @throws InvalidRequest if the tier is not in the catalogue, or `wanted` is empty
 */
export const setPreferences = async (
  ports: Ports,
  id: string,
  wanted: PreferenceChange,
  { by, reason }: PreferencesNote,
  seen?: Tenant,
): Promise<Tenant> => {
  const tenant = await findTenant(ports, id);
  if (tenant.removal) throw tenantBeingRemoved(tenant);
  const change = changeOf(ports, wanted);
  if (Object.keys(change).length === 0)
    throw new InvalidRequest(
      'nothing to set. Nothing was changed. Give a value for automatic moves, the pinned tier or the dedicated table',
    );
  // without a reason, that of the last change is removed
  const withReason = { ...change, preferencesReason: reason };
  await ports.registry.setPreferences(tenant.tenantId, withReason, { by, at: ports.clock.now() }, seen);
  return findTenant(ports, id);
};

/** Returns the fields to store. A field with its default value is removed from the record. */
const changeOf = ({ settings }: Ports, { autoMigrate, pin, dedicated }: PreferenceChange): Preferences => {
  const tier = pin === undefined || pin === 'none' ? undefined : tierOf(settings, pin);
  if (pin !== undefined && pin !== 'none' && !tier) {
    const known = settings.tiers.map(({ name }) => name).join(', ');
    throw new InvalidRequest(
      `there is no tier '${pin}'. Nothing was changed. Tiers of the catalogue: ${known}`,
    );
  }
  const change: { -readonly [Field in keyof Preferences]: Preferences[Field] } = {};
  if (autoMigrate !== undefined) change.autoMigrate = autoMigrate === 'off' ? 'off' : undefined;
  if (pin !== undefined) change.pinnedTier = tier?.name;
  if (dedicated !== undefined) change.wantsDedicated = dedicated ? true : undefined;
  return change;
};
