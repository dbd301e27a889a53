import type { Passage } from './passage.ts';

const FENCE = /^ *(?:```|~~~)/;
const CODE = /(`+)[^`]+?\1/g;

/** Returns a page's prose as people read it: code is named `code`, a link is its text. */
const readable = (text: string): string =>
  text
    .replaceAll(CODE, '`code`')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/<!--.*?-->/gs, ' ');

/** Returns the paragraphs, list items, headings and table cells of a page, without its code blocks. */
export const paragraphsOf = (page: string): Passage[] => {
  const found: Passage[] = [];
  let inCode = false;
  let open: { line: number; text: string } | undefined;
  const close = () => {
    if (open) found.push(open);
    open = undefined;
  };
  for (const [n, raw] of page.split('\n').entries()) {
    const line = n + 1;
    if (FENCE.test(raw)) inCode = !inCode;
    if (inCode || FENCE.test(raw) || /^\s*$/.test(raw)) {
      close();
      continue;
    }
    if (/^\s*\|/.test(raw)) {
      close();
      for (const cell of raw.replaceAll(CODE, (code) => code.replaceAll('|', '')).split(/(?<!\\)\|/))
        if (/\p{Letter}/u.test(cell)) found.push({ line, text: cell.trim() });
      continue;
    }
    if (/^\s*(?:[-*+] |\d+\. |#|>)/.test(raw)) close();
    open ??= { line, text: '' };
    open.text += open.text === '' ? raw.trim() : `\n${raw.trim()}`;
    if (/^#/.test(raw)) close();
  }
  close();
  return found.map(({ line, text }) => ({ line, text: readable(text) }));
};

/** Returns the parts of a page that are code: blocks and inline code. They contain names. */
export const codeOf = (page: string): Passage[] => {
  const prose = new Set<number>();
  const blocks: Passage[] = [];
  let inCode = false;
  page.split('\n').forEach((text, n) => {
    const line = n + 1;
    if (FENCE.test(text)) inCode = !inCode;
    else if (inCode) blocks.push({ line, text });
    else prose.add(line);
  });
  const inline = page
    .split('\n')
    .flatMap((text, n) =>
      prose.has(n + 1) ? [...text.matchAll(CODE)].map(([code]) => ({ line: n + 1, text: code })) : [],
    );
  return [...blocks, ...inline];
};
