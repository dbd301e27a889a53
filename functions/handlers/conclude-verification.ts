import { StageInput, stage } from '../aws/stage.ts';
import { concludeVerification } from '../migration/verify/conclude-verification.ts';

export const handler = stage(StageInput, concludeVerification);
