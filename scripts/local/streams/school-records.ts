import { countedItems } from '../../../functions/migration/settings/counted-items.ts';
import { type Settings, tierTableKeys } from '../../../functions/migration/settings/settings.ts';
import type { StreamRecord } from './streams-client.ts';

/** Returns the filter of the mapping that counts schools: an item under `SCHOOL#` was added or deleted. */
export const isOfSchool = (settings: Settings): ((record: StreamRecord) => boolean) => {
  const { name } = tierTableKeys(settings.tableDesign).sortKey;
  const { prefix } = countedItems(settings);
  return ({ eventName, dynamodb }) =>
    eventName !== 'MODIFY' && dynamodb?.Keys?.[name]?.S?.startsWith(prefix) === true;
};
