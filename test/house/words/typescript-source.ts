import { parseSync } from 'oxc-parser';
import { type DeclaredName, lineNumbers, type Passage } from './passage.ts';

/* TypeScript 7 has no compiler API, so sources are read by the parser that knip stands on. */

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Yields a node and every node below it, each with the one that holds it. */
function* nodesOf(node: Node, parent?: Node): Generator<readonly [node: Node, parent: Node | undefined]> {
  yield [node, parent];
  for (const value of Object.values(node))
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) yield* nodesOf(one, node);
}

const parse = (file: string, source: string) => {
  const { program, comments, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`cannot parse ${file}: ${errors[0]?.message}`);
  const lineAt = lineNumbers(source);
  return { nodes: isNode(program) ? [...nodesOf(program)] : [], comments, lineAt };
};

const isDirective = (text: string): boolean => /^(?:biome-ignore|@ts-|c8 |v8 |\/ *<)/.test(text);

/** Returns the comments of a file without their asterisks; line comments on adjoining lines are one comment. */
export const commentsOf = (file: string, source: string): Passage[] => {
  const found: { line: number; end: number; isLine: boolean; text: string }[] = [];
  const { comments, lineAt } = parse(file, source);
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

/** Returns the texts of a file that people read: literals of two words at least. A literal of one word is a name. */
export const textsOf = (file: string, source: string): Passage[] => {
  const { nodes, lineAt } = parse(file, source);
  return nodes.flatMap(([node]) => {
    const text = textOf(node);
    return text !== undefined && /\S\s+\S/.test(text) ? [{ line: lineAt(node.start), text }] : [];
  });
};

const nameOf = (value: unknown): string | undefined => {
  if (!isNode(value)) return undefined;
  if (value.type === 'Identifier' || value.type === 'PrivateIdentifier')
    return typeof value.name === 'string' ? value.name : undefined;
  return textOf(value);
};

/** True if the object literal describes a record: its keys are the fields of a zod schema. */
const isSchema = (node: Node | undefined): boolean =>
  isNode(node?.callee) &&
  node.callee.type === 'MemberExpression' &&
  /^(?:object|strictObject|looseObject|extend)$/.test(nameOf(node.callee.property) ?? '');

const kindOf = (node: Node, parent: Node | undefined): DeclaredName['kind'] | undefined => {
  switch (node.type) {
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return 'type';
    case 'ClassDeclaration':
      return isNode(node.superClass) ? 'error' : 'type';
    case 'FunctionDeclaration':
    case 'MethodDefinition':
    case 'TSMethodSignature':
      return 'function';
    case 'TSPropertySignature':
    case 'PropertyDefinition':
      return 'field';
    case 'VariableDeclarator':
      return isNode(node.init) && /Function/.test(node.init.type) ? 'function' : undefined;
    case 'TSLiteralType':
      return 'value';
    default:
      return node.type === 'Literal' &&
        parent?.type !== 'TSLiteralType' &&
        /^--[a-z][a-z-]+/.test(textOf(node) ?? '')
        ? 'flag'
        : undefined;
  }
};

/** Returns the names that a file declares: types, functions, fields, values of string types, flags. */
export const namesOf = (file: string, source: string): DeclaredName[] => {
  const { nodes, lineAt } = parse(file, source);
  const declared = nodes.flatMap(([node, parent]): DeclaredName[] => {
    const kind = kindOf(node, parent);
    const name = nameOf(node.id ?? node.key ?? node.literal ?? node);
    return kind && name ? [{ kind, line: lineAt(node.start), name }] : [];
  });
  const stored = nodes
    .filter(([node]) => node.type === 'CallExpression' && isSchema(node))
    .flatMap(([{ arguments: given }]) => (Array.isArray(given) && isNode(given[0]) ? [given[0]] : []))
    .flatMap(({ properties }) => (Array.isArray(properties) ? properties.filter(isNode) : []))
    .flatMap(({ key, start }): DeclaredName[] => {
      const name = nameOf(key);
      return name ? [{ kind: 'field', line: lineAt(start), name }] : [];
    });
  return [...declared, ...stored];
};
