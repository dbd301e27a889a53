import { stream } from '../aws/stream.ts';
import { noteSchools } from '../migration/growth/note-schools.ts';

export const handler = stream(noteSchools);
