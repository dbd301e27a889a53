import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONSOLE_PERMISSIONS } from './step-permissions.ts';

/** Returns the file of a handler: `CopySegment` is `functions/handlers/copy-segment.ts`, or `.js` in the package. */
export const handlerFile = (state: string): string =>
  fileURLToPath(
    new URL(
      `../functions/${state in CONSOLE_PERMISSIONS ? 'console/lambda' : 'handlers'}/${kebabCase(state)}${extname(import.meta.url)}`,
      import.meta.url,
    ),
  );

export const kebabCase = (name: string): string =>
  name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
