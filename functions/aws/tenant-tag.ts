/** The session tag that says whose credentials they are; the role's policy compares it with the partition key. */
export const TENANT_TAG = 'tenantId';
