import { parseSync } from 'oxc-parser';
import { type DeclaredName, lineNumbers, type Passage } from './passage.ts';

/* TypeScript 7 has no compiler API, so sources are read by the parser that knip uses. */

/** The words of a TypeScript file. */
export interface SourceWords {
  /** Comments without their asterisks; line comments on adjoining lines are one comment. */
  readonly comments: readonly Passage[];
  /** Texts that people read: literals of two words at least. A literal of one word is a name. */
  readonly texts: readonly Passage[];
  /** Names that the file declares: types, functions, fields, values of string types, flags. */
  readonly names: readonly DeclaredName[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Calls `visit` with a node and every node below it. */
const forEachNode = (node: Node, visit: (node: Node) => void): void => {
  visit(node);
  for (const field in node) {
    const value = node[field];
    if (Array.isArray(value)) {
      for (const one of value) if (isNode(one)) forEachNode(one, visit);
    } else if (isNode(value)) forEachNode(value, visit);
  }
};

const isDirective = (text: string): boolean => /^(?:biome-ignore|@ts-|@vite-|c8 |v8 |\/ *<)/.test(text);

type Comments = ReturnType<typeof parseSync>['comments'];

const joinComments = (source: string, comments: Comments, lineAt: (offset: number) => number): Passage[] => {
  const found: { line: number; end: number; isLine: boolean; text: string }[] = [];
  for (const { type, value, start, end } of comments) {
    const last = found.at(-1);
    const text = value
      .replace(/^\*/, '')
      .replaceAll(/^[ \t]*\*[ \t]?/gm, '')
      .trim();
    if (isDirective(text)) continue;
    const adjoins = last?.isLine && type === 'Line' && /^[ \t]*\n[ \t]*$/.test(source.slice(last.end, start));
    if (last && adjoins) {
      last.text += `\n${text}`;
      last.end = end;
    } else found.push({ line: lineAt(start), end, isLine: type === 'Line', text });
  }
  return found.map(({ line, text }) => ({ line, text }));
};

const textOf = ({ type, value }: Node): string | undefined => {
  if (type === 'Literal' && typeof value === 'string') return value;
  if (type !== 'TemplateElement' || typeof value !== 'object' || value === null) return undefined;
  return 'raw' in value && typeof value.raw === 'string' ? value.raw : undefined;
};

const nameOf = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined;
  if (value.type === 'Identifier' || value.type === 'PrivateIdentifier')
    return typeof value.name === 'string' ? value.name : undefined;
  return textOf(value);
};

const KINDS: Readonly<Record<string, DeclaredName['kind']>> = {
  TSInterfaceDeclaration: 'type',
  TSTypeAliasDeclaration: 'type',
  FunctionDeclaration: 'function',
  MethodDefinition: 'function',
  TSMethodSignature: 'function',
  TSPropertySignature: 'field',
  PropertyDefinition: 'field',
  TSLiteralType: 'value',
};

/** A flag of the command line, whether or not its argument follows it. */
const FLAG = /^--[a-z][a-z-]+/;
/** A literal that names a metric, an alarm, a state or another resource. */
const RESOURCE = /^(?:[A-Z][a-z0-9]+){2,}$/;

const kindOf = (node: Node): DeclaredName['kind'] | undefined => {
  if (node.type === 'ClassDeclaration') return isNode(node.superClass) ? 'error' : 'type';
  if (node.type === 'VariableDeclarator' && isNode(node.id) && node.id.type === 'Identifier')
    return isNode(node.init) && /Function/.test(node.init.type) ? 'function' : 'variable';
  if (node.type === 'Literal') return literalKind(textOf(node) ?? '');
  return KINDS[node.type];
};

const literalKind = (text: string): DeclaredName['kind'] | undefined => {
  if (FLAG.test(text)) return 'flag';
  return RESOURCE.test(text) ? 'resource' : undefined;
};

const nodesIn = (value: unknown): readonly Node[] => (Array.isArray(value) ? value : [value]).filter(isNode);

/** Returns the names that a pattern binds: of a variable, a parameter, or a part of a destructured one. */
const boundNames = (pattern: Node): readonly Node[] => {
  if (pattern.type === 'Identifier') return [pattern];
  const { properties, elements, left, argument, value } = pattern;
  const parts = [properties, elements, left, argument, ...(pattern.type === 'Property' ? [value] : [])];
  return parts.flatMap(nodesIn).flatMap(boundNames);
};

/** Returns the names of variables that a node declares without a kind of its own: parameters and destructured variables. */
const variableNames = (node: Node): readonly Node[] => {
  const isDestructured =
    node.type === 'VariableDeclarator' && isNode(node.id) && node.id.type !== 'Identifier';
  const declared = /Function|MethodSignature/.test(node.type)
    ? node.params
    : isDestructured
      ? node.id
      : undefined;
  return nodesIn(declared).flatMap(boundNames);
};

/** Returns the keys of an object literal that is the schema of a stored record. */
const schemaKeys = ({ type, callee, arguments: given }: Node): readonly Node[] => {
  const isSchema =
    type === 'CallExpression' &&
    isNode(callee) &&
    callee.type === 'MemberExpression' &&
    /^(?:object|strictObject|looseObject|extend)$/.test(nameOf(callee.property) ?? '');
  const [shape]: unknown[] = isSchema && Array.isArray(given) ? given : [];
  return isNode(shape) && Array.isArray(shape.properties)
    ? shape.properties.filter(isNode).flatMap(({ key }) => (isNode(key) ? [key] : []))
    : [];
};

/** Returns the comments, texts and names of a TypeScript file. @throws Error if it cannot be parsed */
export const readTypeScript = (file: string, source: string): SourceWords => {
  const { program, comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`cannot parse ${file}: ${errors[0]?.message}`);
  const lineAt = lineNumbers(source);
  const texts: Passage[] = [];
  const names: DeclaredName[] = [];
  const visit = (node: Node): void => {
    const text = textOf(node);
    if (text !== undefined && /\S\s+\S/.test(text)) texts.push({ line: lineAt(node.start), text });
    const kind = kindOf(node);
    const given =
      kind && kind !== 'flag' ? nameOf(node.id ?? node.key ?? node.literal ?? node) : textOf(node);
    const name = kind === 'flag' ? FLAG.exec(given ?? '')?.[0] : given;
    for (const variable of variableNames(node)) {
      const bound = nameOf(variable);
      if (bound) names.push({ kind: 'variable', line: lineAt(variable.start), name: bound });
    }
    if (kind && name) names.push({ kind, line: lineAt(node.start), name });
    for (const key of schemaKeys(node)) {
      const field = nameOf(key);
      if (field) names.push({ kind: 'field', line: lineAt(key.start), name: field });
    }
  };
  if (isNode(program)) forEachNode(program, visit);
  return { comments: joinComments(source, comments, lineAt), texts, names };
};
