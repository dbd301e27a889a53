import { StageInput, stage } from '../aws/stage.ts';
import { concludeComparison } from '../migration/verify/conclude-comparison.ts';

export const handler = stage(StageInput, concludeComparison);
