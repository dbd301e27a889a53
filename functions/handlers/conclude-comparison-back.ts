import { StageInput, wayOut } from '../aws/stage.ts';
import { concludeComparisonBack } from '../migration/rollback/conclude-comparison-back.ts';

export const handler = wayOut(StageInput, concludeComparisonBack);
