import { SchoolChangesEvent } from '../aws/school-counts.ts';
import { handlerOf } from '../aws/step.ts';
import { countSchools } from '../migration/growth/count-schools.ts';

export const handler = handlerOf(async (ports, event) => {
  await countSchools(ports, SchoolChangesEvent.parse(event));
  return null;
});
