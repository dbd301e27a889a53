import { TenantBeingRemoved, TenantNotFound } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { anyTenantIdSchema } from '../settings/tenant-id.ts';
import type { Tenant } from './tenant.ts';

/** Reads a tenant's record. @throws TenantNotFound, also if `id` is not a valid tenant id */
export const findTenant = async (ports: Pick<Ports, 'registry'>, id: string): Promise<Tenant> => {
  const tenantId = anyTenantIdSchema.safeParse(id).data;
  const tenant = tenantId && (await ports.registry.tenant(tenantId));
  if (!tenant) throw tenantNotFound(id);
  return tenant;
};

/** @param then what the caller may do once the removal has ended, as a sentence without its full stop */
export const tenantBeingRemoved = (
  { tenantId }: Pick<Tenant, 'tenantId'>,
  then?: string,
): TenantBeingRemoved =>
  new TenantBeingRemoved(
    `tenant ${tenantId} is being removed. Nothing was changed. Wait until its removal has ended, or continue it if it was interrupted${then === undefined ? '' : `. ${then}`}`,
    { facts: { tenantId }, next: { action: 'remove-tenant', tenantId } },
  );

export const tenantNotFound = (id: string): TenantNotFound =>
  new TenantNotFound(`there is no tenant ${id}`, {
    facts: { tenantId: id },
    next: { action: 'list-tenants' },
  });
