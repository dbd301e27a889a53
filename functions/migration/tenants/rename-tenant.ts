import { InvalidRequest } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { findTenant, tenantBeingRemoved } from '../registry/find-tenant.ts';
import type { Tenant } from '../registry/tenant.ts';

/** Maximum length of a display name, in characters. */
const NAME_CHARACTERS = 200;

/** Removes blanks at the ends of a display name. @throws InvalidRequest if it is empty or too long */
export const parseTenantName = (given: string): string => {
  const name = given.trim();
  if (name.length > 0 && name.length <= NAME_CHARACTERS) return name;
  throw new InvalidRequest(
    `a tenant's name must have 1 to ${NAME_CHARACTERS} characters, not ${name.length}. Nothing was changed`,
  );
};

/**
 * Changes a tenant's display name. Its id stays: the id is the partition key of its items, so another id would need a copy of
 * all items under new keys. Does not affect an open migration. Safe to repeat: the same name changes nothing.
 * @param note the operator, and the reason, which is recorded with the name
 * @throws TenantNotFound @throws TenantBeingRemoved
 * @throws InvalidRequest if the name is empty or too long
 */
export const renameTenant = async (
  ports: Ports,
  id: string,
  given: string,
  { by, reason }: { readonly by: string; readonly reason?: string | undefined },
): Promise<Tenant> => {
  const name = parseTenantName(given);
  const tenant = await findTenant(ports, id);
  if (tenant.removal) throw tenantBeingRemoved(tenant);
  if (tenant.name === name) return tenant;
  await ports.registry.setName(tenant.tenantId, { name, reason, by, at: ports.clock.now() });
  return findTenant(ports, id);
};
