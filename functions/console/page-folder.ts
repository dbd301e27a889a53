import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const isCheckout = extname(import.meta.url) === '.ts';

/** Folder of the built page. The path from this file is the same in a checkout and in the installed package. */
export const PAGE_FOLDER = fileURLToPath(
  new URL(isCheckout ? '../../dist/console' : '../../console', import.meta.url),
);

/** Command that builds the page in a checkout. The package contains the built page. */
export const BUILD_PAGE = 'npm run build:console';
