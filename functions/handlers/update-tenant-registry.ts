import { forwardStep, StepInput } from '../aws/step.ts';
import { updateTenantRegistry } from '../migration/registry/update-tenant-registry.ts';

export const handler = forwardStep(StepInput, updateTenantRegistry);
