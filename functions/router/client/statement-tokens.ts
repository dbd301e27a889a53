/** One token of a PartiQL statement. */
export interface Token {
  /** `string` is in single quotes, `name` in double quotes; a `word` may be a keyword, a name or a number. */
  readonly kind: 'word' | 'name' | 'string' | 'parameter' | 'sign';
  /** The text without quotes. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Number of brackets that are open before it. */
  readonly depth: number;
}

const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|'(?<string>(?:[^']|'')*)'|"(?<name>(?:[^"]|"")*)"|(?<word>[\p{L}\p{N}_$]+)|(?<parameter>\?)|(?<sign>[\s\S])/gu;

/** Splits a statement into tokens, without blanks and comments. An open quote becomes a `sign`. */
export const tokensOf = (statement: string): readonly Token[] => {
  const tokens: Token[] = [];
  let depth = 0;
  for (const match of statement.matchAll(TOKEN)) {
    const kind = KINDS.find((one) => match.groups?.[one] !== undefined);
    if (!kind) continue;
    const text = unquoted(kind, match.groups?.[kind] ?? '');
    if (kind === 'sign' && ')]}'.includes(text)) depth -= 1;
    tokens.push({ kind, text, start: match.index, end: match.index + match[0].length, depth });
    if (kind === 'sign' && '([{'.includes(text)) depth += 1;
  }
  return tokens;
};

const KINDS = ['string', 'name', 'word', 'parameter', 'sign'] as const;

const unquoted = (kind: Token['kind'], text: string): string => {
  if (kind === 'string') return text.replaceAll("''", "'");
  return kind === 'name' ? text.replaceAll('""', '"') : text;
};

/** True if the token is this keyword, in any case. */
export const isKeyword = (token: Token | undefined, keyword: string): boolean =>
  token?.kind === 'word' && token.text.toUpperCase() === keyword;

/** True if the token is this sign. */
export const isSign = (token: Token | undefined, sign: string): boolean =>
  token?.kind === 'sign' && token.text === sign;
