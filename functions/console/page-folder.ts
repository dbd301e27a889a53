import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const isCheckout = extname(import.meta.url) === '.ts';

/** Folder of the built page: in a checkout and in the installed package the same, seen from another file. */
export const PAGE_FOLDER = fileURLToPath(
  new URL(isCheckout ? '../../dist/console' : '../../console', import.meta.url),
);

/** Command that builds the page in a checkout. The package contains it. */
export const BUILD_PAGE = 'npm run build:console';
