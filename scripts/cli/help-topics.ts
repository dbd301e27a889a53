import { existsSync, readFileSync } from 'node:fs';
import {
  isHeading,
  isTable,
  parseMarkdown,
  plainText,
  renderMarkdown,
  renderRow,
} from './render/render-markdown.ts';

/** A subject of `tierferry help`: a page of the documentation, or one section of it. */
interface Topic {
  readonly page: string;
  readonly section?: string;
  readonly about: string;
}

const TOPICS: Readonly<Record<string, Topic>> = {
  concepts: { page: 'concepts.md', about: 'how a tenant moves while it is in use, and why nothing is lost' },
  glossary: { page: 'glossary.md', about: 'what the words mean' },
  'exit-codes': { page: 'cli.md', section: 'Exit codes', about: "the command line's exit codes" },
  errors: { page: 'errors.md', about: 'every error: what happened, and what to do' },
  settings: { page: 'settings.md', about: 'the settings of a deployment, and their defaults' },
  json: { page: 'json/README.md', about: 'the documents that --json prints' },
  operations: { page: 'operations/README.md', about: 'what an alarm means, and what to do' },
  router: { page: 'router.md', about: 'what the application has to do' },
  adopting: { page: 'adopt.md', about: 'what your tables must have' },
  deploying: { page: 'deploy.md', about: 'from an empty AWS account to the first dry run' },
  upgrading: { page: 'upgrading.md', about: 'how to upgrade to the next version' },
  costs: { page: 'cost.md', about: 'what it costs' },
  security: { page: 'security.md', about: 'who can access what' },
};

/** Pages whose tables and headings have one entry for each term or error. */
const ENTRY_PAGES = ['glossary.md', 'errors.md'];

/** A folder of documentation beside the sources, or at the root of the package. */
const FOLDERS = ['../../docs/', '../../../docs/'].map((path) => new URL(path, import.meta.url));

/** Returns the text of a topic, of a term of the glossary or of an error; undefined if there is none of this name. */
export const explainTopic = (name: string, columns: number): readonly string[] | undefined => {
  const topic = TOPICS[normalized(name)];
  if (topic && hasPage(topic)) return renderTopic(topic, columns);
  for (const page of ENTRY_PAGES) {
    const entry = findEntry(page, name, columns);
    if (entry) return entry;
  }
  return undefined;
};

/** Returns each topic with a line about it. */
export const listTopics = (): readonly (readonly [string, string])[] =>
  Object.entries(TOPICS).flatMap(([name, topic]) => (hasPage(topic) ? [[name, topic.about] as const] : []));

/** Returns the names of all topics, terms and errors. */
export const topicNames = (): readonly string[] => [
  ...listTopics().map(([name]) => name),
  ...ENTRY_PAGES.flatMap((page) => pageTokens(page).flatMap(entryNames)),
];

const hasPage = ({ page }: Topic): boolean => fileOf(page) !== undefined;

const fileOf = (page: string): URL | undefined =>
  FOLDERS.map((folder) => new URL(page, folder)).find((file) => existsSync(file));

const pageTokens = (page: string) => {
  const file = fileOf(page);
  return file ? parseMarkdown(readFileSync(file, 'utf8')) : [];
};

const renderTopic = ({ page, section }: Topic, columns: number): readonly string[] => {
  const tokens = pageTokens(page);
  return renderMarkdown(section === undefined ? tokens : sectionOf(tokens, section), columns);
};

type Tokens = ReturnType<typeof pageTokens>;

/** Returns a heading and everything up to the next heading of its level. */
const sectionOf = (tokens: Tokens, title: string): Tokens => {
  const start = tokens.findIndex(
    (token) => isHeading(token) && namesOf(plainText(token)).includes(normalized(title)),
  );
  const heading = tokens[start];
  if (!heading || !isHeading(heading)) return [];
  const rest = tokens.slice(start + 1);
  const end = rest.findIndex((token) => isHeading(token) && token.depth <= heading.depth);
  return [heading, ...(end < 0 ? rest : rest.slice(0, end))];
};

/** Finds the row of a table that the first column names so, or else the section with this heading. */
const findEntry = (page: string, name: string, columns: number): readonly string[] | undefined => {
  const tokens = pageTokens(page);
  for (const token of tokens) {
    if (!isTable(token)) continue;
    const row = token.rows.find(([cell]) => cell && namesOf(plainText(cell)).includes(normalized(name)));
    if (row) return renderRow(row, token.header, columns);
  }
  const section = sectionOf(tokens, name);
  return section.length > 0 ? renderMarkdown(section, columns) : undefined;
};

const entryNames = (token: Tokens[number]): readonly string[] =>
  isTable(token) ? token.rows.flatMap(([cell]) => (cell ? plainText(cell).split(', ') : [])) : [];

/** Returns the names in a cell or heading: `source, target` has three, each part and the whole. */
const namesOf = (text: string): readonly string[] => [text, ...text.split(',')].map(normalized);

const normalized = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
