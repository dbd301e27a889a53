import { statusChanges } from '../aws/status-changes.ts';
import { publishNotices } from '../migration/notices/publish-notices.ts';

export const handler = statusChanges(publishNotices);
