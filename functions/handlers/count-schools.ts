import { handlerOf } from '../aws/step.ts';
import { countSchools } from '../migration/growth/count-schools.ts';
import { SchoolChanges } from '../migration/growth/school-counts-port.ts';

export const handler = handlerOf(async (ports, event) => {
  await countSchools(ports, SchoolChanges.parse(event));
  return null;
});
