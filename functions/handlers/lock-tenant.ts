import { StageInput, stage } from '../aws/stage.ts';
import { lockTenant } from '../migration/provision/lock-tenant.ts';

export const handler = stage(StageInput, lockTenant);
