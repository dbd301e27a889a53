import { StageInput, stage } from '../aws/stage.ts';
import { confirmRegistry } from '../migration/registry/confirm-registry.ts';

export const handler = stage(StageInput, confirmRegistry);
