import { StageInput, stage } from '../aws/stage.ts';
import { updateTenantRegistry } from '../migration/registry/update-tenant-registry.ts';

export const handler = stage(StageInput, updateTenantRegistry);
