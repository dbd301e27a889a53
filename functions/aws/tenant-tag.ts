/** The session tag with the tenant's id, which the role's policy compares with the partition key. */
export const TENANT_TAG = 'tenantId';
