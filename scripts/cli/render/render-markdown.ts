import { lexer, type Token, type Tokens } from 'marked';
import { indent, renderTable, wrapWords } from './text-table.ts';

/** Parses a page of the documentation. */
export const parseMarkdown = (text: string): readonly Token[] => lexer(text);

/** Renders parsed Markdown as plain text for a terminal. Links and pictures are left out, their texts are not. */
export const renderMarkdown = (tokens: readonly Token[], columns: number): string[] =>
  tokens.map((token) => renderBlock(token, columns)).reduce(joinBlocks, []);

/** Returns the text of a heading, paragraph or cell without its markup. */
export const plainText = ({ tokens = [] }: { readonly tokens?: readonly Token[] | undefined }): string =>
  tokens.map(inlineText).join('').replaceAll(/\s+/g, ' ').trim();

/** Separates blocks by one empty line. */
const joinBlocks = (before: readonly string[], block: readonly string[]): string[] => {
  if (block.length === 0) return [...before];
  return before.length === 0 ? [...block] : [...before, '', ...block];
};

const renderBlock = (token: Token, columns: number): string[] => {
  if (isHeading(token)) return [token.depth === 1 ? plainText(token).toUpperCase() : plainText(token)];
  if (isTable(token)) return indent(renderCells(token, columns - 2));
  if (isList(token))
    return token.items.flatMap((item, n) => renderItem(item, token.ordered ? `${n + 1}. ` : '- ', columns));
  if (token.type === 'code') return indent(String(token.text).split('\n'), 4);
  if (token.type === 'blockquote') return indent(renderMarkdown(childrenOf(token), columns - 2));
  return token.type === 'paragraph' || token.type === 'text'
    ? indent(wrapWords(inlineText(token), columns - 2))
    : [];
};

const renderItem = (item: Tokens.ListItem, bullet: string, columns: number): string[] => {
  const lines = renderMarkdown(item.tokens, columns - bullet.length);
  return lines.map((line, n) =>
    n === 0 ? `  ${bullet}${line.trimStart()}` : ' '.repeat(bullet.length) + line,
  );
};

/** Width that the last column of a table has at least; a table that leaves less is rendered as a list of entries. */
const MIN_LAST_COLUMN = 32;

/** Renders a table in columns, the last one wrapped. */
const renderCells = ({ header, rows }: Tokens.Table, columns: number): string[] => {
  const cells = rows.map((row) => row.map(plainText));
  const head = header.map(plainText);
  const others = head
    .slice(0, -1)
    .map((title, n) => Math.max(...[title, ...cells.map((row) => row[n] ?? '')].map(({ length }) => length)));
  const left = columns - others.reduce((sum, width) => sum + width + 2, 0);
  if (left < MIN_LAST_COLUMN)
    return cells.map((row) => renderEntry(row, head, columns)).reduce(joinBlocks, []);
  const hasHead = head.some((text) => text !== '');
  return renderTable(
    hasHead ? head : undefined,
    cells.flatMap((row) => wrapLast(row, left)),
  );
};

/** Splits a row whose last cell is too wide into several rows. */
const wrapLast = (row: readonly string[], width: number): string[][] => {
  const others = row.slice(0, -1);
  const lines = wrapWords(row.at(-1) ?? '', width);
  if (lines.length === 0) return [[...row]];
  return lines.map((line, n) => [...others.map((text) => (n === 0 ? text : '')), line]);
};

/** Renders a row as an entry under its first cell. If there are several other cells, each has its column's title. */
const renderEntry = (
  [term = '', ...texts]: readonly string[],
  [, ...titles]: readonly string[],
  columns: number,
): string[] => [
  ...wrapWords(term, columns),
  ...texts.flatMap((text, n) => {
    const titled = text !== '' && texts.length > 1 && titles[n] ? `${titles[n]}: ${text}` : text;
    return indent(wrapWords(titled, columns - 4), 4);
  }),
];

/** Renders one row of a table: what its first column names, and its other columns. */
export const renderRow = (
  cells: readonly Tokens.TableCell[],
  header: readonly Tokens.TableCell[],
  columns: number,
): string[] => renderEntry(cells.map(plainText), header.map(plainText), columns);

const inlineText = (token: Token): string => {
  if (token.type === 'image' || token.type === 'html') return '';
  const children = childrenOf(token);
  if (children.length > 0) return children.map(inlineText).join('');
  return 'text' in token && typeof token.text === 'string' ? token.text : '';
};

const childrenOf = (token: Token): readonly Token[] => ('tokens' in token && token.tokens) || [];

export const isHeading = (token: Token): token is Tokens.Heading => token.type === 'heading';
export const isTable = (token: Token): token is Tokens.Table => token.type === 'table';
const isList = (token: Token): token is Tokens.List => token.type === 'list';
