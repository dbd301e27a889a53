import { StageInput, stage } from '../aws/stage.ts';
import { flipRoute } from '../migration/routing/flip-route.ts';

export const handler = stage(StageInput, flipRoute);
