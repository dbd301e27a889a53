import { visitSource } from './syntax.ts';

/**
 * Returns the spreads of a file that add fields to an object under a condition, as `file:line`. Such a field may as well be
 * `undefined`. Arguments of `updateOf` are left out: there a field that is `undefined` removes a stored one.
 */
export const conditionalSpreads = (file: string, source: string): string[] => {
  const found: string[] = [];
  let updates = 0;
  visitSource(file, source, (lineAt) => ({
    CallExpression({ callee }) {
      if (isUpdateOf(callee)) updates += 1;
    },
    'CallExpression:exit'({ callee }) {
      if (isUpdateOf(callee)) updates -= 1;
    },
    ObjectExpression({ properties }) {
      if (updates > 0) return;
      for (const property of properties)
        if (property.type === 'SpreadElement' && isConditional(property.argument))
          found.push(`${file}:${lineAt(property.start)}`);
    },
  }));
  return found;
};

interface Expression {
  readonly type: string;
  readonly operator?: string;
  readonly name?: unknown;
  /** Content of parentheses. */
  readonly expression?: unknown;
}

const isUpdateOf = ({ type, name }: Expression): boolean => type === 'Identifier' && name === 'updateOf';

const isExpression = (value: unknown): value is Expression =>
  typeof value === 'object' && value !== null && 'type' in value;

const isConditional = ({ type, operator, expression }: Expression): boolean =>
  type === 'ParenthesizedExpression'
    ? isExpression(expression) && isConditional(expression)
    : type === 'ConditionalExpression' || (type === 'LogicalExpression' && operator === '&&');
