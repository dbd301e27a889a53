import type { Access } from './operations.ts';
import { isKeyword, isSign, type Token, tokensOf } from './statement-tokens.ts';

/** A PartiQL statement, as far as routing needs it. */
export interface Statement {
  readonly access: Access;
  /** The table's name, or its ARN. */
  readonly table: string;
  readonly index: string | undefined;
  /**
   * Returns the value that the statement requires of an attribute: of the inserted item, or by an equality that its
   * condition joins to the rest by AND. Undefined if there is none.
   */
  requiredValue(attribute: string, parameters: readonly unknown[]): unknown;
  /** Returns the statement with another table. */
  withTable(table: string): string;
}

/** The keyword in front of the table, by the statement's first keyword. */
const BEFORE_TABLE: ReadonlyMap<string, string> = new Map([
  ['SELECT', 'FROM'],
  ['EXISTS', 'FROM'],
  ['INSERT', 'INTO'],
  ['UPDATE', 'UPDATE'],
  ['DELETE', 'FROM'],
]);

/** Parses a statement; undefined if it is of no known form. */
export const parseStatement = (text: string): Statement | undefined => {
  const tokens = tokensOf(text);
  const verb = tokens[0]?.kind === 'word' ? tokens[0].text.toUpperCase() : '';
  const before = BEFORE_TABLE.get(verb);
  if (before === undefined) return undefined;
  const places = tokens.flatMap((token, i) => (isKeyword(token, before) ? [i + 1] : []));
  const [at] = places;
  const table = at === undefined ? undefined : tokens[at];
  // a second table: a form that DynamoDB does not document
  if (at === undefined || places.length !== 1 || !table || !isName(table)) return undefined;
  const isIndexed = verb !== 'INSERT' && isSign(tokens[at + 1], '.');
  return {
    // EXISTS checks a condition in a transaction of writes
    access: verb === 'SELECT' ? 'read' : 'write',
    table: table.text,
    index: isIndexed ? tokens[at + 2]?.text : undefined,
    requiredValue: (attribute, parameters) => {
      const value =
        verb === 'INSERT' ? insertedValue(tokens, at, attribute) : requiredToken(tokens, at, attribute);
      return value && valueOfToken(value, tokens, parameters);
    },
    withTable: (name) =>
      `${text.slice(0, table.start)}"${name.replaceAll('"', '""')}"${text.slice(table.end)}`,
  };
};

const isName = ({ kind }: Token): boolean => kind === 'word' || kind === 'name';

/** Returns the value of an attribute of `VALUE {'attribute': value, ...}`. */
const insertedValue = (tokens: readonly Token[], from: number, attribute: string): Token | undefined => {
  const at = tokens.findIndex(
    ({ kind, text, depth }, i) =>
      i > from && depth === 1 && kind === 'string' && text === attribute && isSign(tokens[i + 1], ':'),
  );
  return at < 0 ? undefined : tokens[at + 2];
};

/** Returns the value of `attribute = value` in the condition. An OR beside it, or a NOT before it, makes it optional. */
const requiredToken = (tokens: readonly Token[], from: number, attribute: string): Token | undefined => {
  const where = tokens.findIndex((token, i) => i > from && isKeyword(token, 'WHERE'));
  if (where < 0) return undefined;
  const depth = tokens[where]?.depth;
  const condition = tokens.slice(where + 1).filter((token) => token.depth === depth);
  if (condition.some((token) => isKeyword(token, 'OR'))) return undefined;
  for (const [i, token] of condition.entries()) {
    const [before, sign, value, after] = [-1, 1, 2, 3].map((offset) => condition[i + offset]);
    if (!isName(token) || token.text !== attribute || !isSign(sign, '=') || !value) continue;
    if (isKeyword(before, 'NOT') || isSign(before, '.')) continue;
    // anything else goes on with an expression, and the value is only a part of it
    if (after === undefined || ENDS_EQUALITY.some((keyword) => isKeyword(after, keyword))) return value;
  }
  return undefined;
};

const ENDS_EQUALITY = ['AND', 'ORDER', 'RETURNING'];

const valueOfToken = (token: Token, tokens: readonly Token[], parameters: readonly unknown[]): unknown => {
  if (token.kind === 'string') return token.text;
  if (token.kind !== 'parameter') return undefined;
  const number = tokens.filter(({ kind, start }) => kind === 'parameter' && start < token.start).length;
  return parameters[number];
};
