import { createStreamHandler } from '../aws/stream.ts';
import { countSchools } from '../migration/growth/count-schools.ts';

export const handler = createStreamHandler(countSchools);
