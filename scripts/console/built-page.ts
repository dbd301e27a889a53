import { type PageFiles, readPage } from '../../functions/console/api/page-files.ts';
import { BUILD_PAGE, PAGE_FOLDER } from '../../functions/console/page-folder.ts';

/** Returns the built page; undefined in a checkout where it has not been built. */
export const builtPage = (): PageFiles | undefined => readPage(PAGE_FOLDER);

export const PAGE_MISSING = `The page is not built, so the link shows the operations of the API. Stop this, run '${BUILD_PAGE}', and start again.`;
