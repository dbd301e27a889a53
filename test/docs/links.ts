import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Returns all pages of the repository by their path from its root: the top ones, and those under `docs`. */
export const readPages = (): Map<string, string> => {
  const top = readdirSync(ROOT).filter((file) => file.endsWith('.md'));
  const docs = readdirSync(posix.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`);
  return new Map([...top, ...docs].map((path) => [path, readFileSync(posix.join(ROOT, path), 'utf8')]));
};

/** A link or a picture of a page that points into the repository. */
export interface Link {
  /** Path from the repository's root. */
  readonly path: string;
  /** Heading that it points to; empty for the page as a whole. */
  readonly anchor: string;
}

const withoutCode = (page: string): string => page.replace(/^ *```[\s\S]*?^ *```/gm, '');

export const linksOf = (path: string, page: string): Link[] =>
  [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor = ''] = target.split('#');
      return { path: file === '' ? path : posix.join(posix.dirname(path), file), anchor };
    });

/** Returns the anchors of a page's headings, as GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...withoutCode(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{Letter}\p{Number} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Returns the broken links of the pages. @param exists returns true for files that are not pages, too */
export const brokenLinks = (
  pages: ReadonlyMap<string, string>,
  exists: (path: string) => boolean,
): string[] =>
  [...pages].flatMap(([from, page]) =>
    linksOf(from, page)
      .filter(({ path, anchor }) => {
        const target = pages.get(path);
        if (anchor === '') return !exists(path);
        return target === undefined || !anchorsOf(target).includes(anchor);
      })
      .map(({ path, anchor }) => `${from}: ${path}${anchor === '' ? '' : `#${anchor}`}`),
  );
