/** A tier table that source text names. */
export interface TableName {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly table: string;
}

/** A comment with this word, in the same line or the line before, allows the name. */
const ALLOWED = 'tierferry-allow';

export interface TierTableNames {
  /** The deployment's prefix: the tables that Tierferry creates are called `<prefix>-tenant-data-...`. */
  readonly prefix: string;
  /** Tier tables of other names. */
  readonly tables: readonly string[];
}

/**
 * Finds the names of tier tables in string literals of any language: after a quote, or in an ARN. A name that is composed
 * (`<prefix>-tenant-data-${tier}`) is found by its beginning.
 */
export const findTableNames = (
  file: string,
  source: string,
  { prefix, tables }: TierTableNames,
): readonly TableName[] => {
  const created = `${escaped(prefix)}-tenant-data-[\\w.\${}-]*`;
  const names = [created, ...tables.map((table) => `${escaped(table)}(?![\\w.-])`)].join('|');
  const pattern = new RegExp(`(?<=['"\`]|:table/)(?:${names})`, 'g');
  const lines = source.split('\n');
  return lines.flatMap((text, i) =>
    text.includes(ALLOWED) || lines[i - 1]?.includes(ALLOWED)
      ? []
      : [...text.matchAll(pattern)].map(({ 0: table, index }) => ({
          file,
          line: i + 1,
          column: index + 1,
          table,
        })),
  );
};

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
