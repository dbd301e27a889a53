import { forwardStep, StepInput } from '../aws/step.ts';
import { lockTenant } from '../migration/provision/lock-tenant.ts';

export const handler = forwardStep(StepInput, lockTenant);
