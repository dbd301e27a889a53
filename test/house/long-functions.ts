import type { VisitorObject } from 'oxc-parser';
import { visitSource } from './syntax.ts';

type FunctionNode = Parameters<
  NonNullable<VisitorObject['FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression']>
>[0];

/** Maximum number of lines of a function's body, with its braces. */
export const MAX_LINES = 80;

/** Returns the functions of a file whose bodies have more lines, as `file:line: lines`. */
export const longFunctions = (file: string, source: string): string[] => {
  const found: string[] = [];
  visitSource(file, source, (lineAt) => {
    const check = ({ body }: FunctionNode): void => {
      if (!body) return;
      const lines = lineAt(body.end) - lineAt(body.start) + 1;
      if (lines > MAX_LINES) found.push(`${file}:${lineAt(body.start)}: ${lines} lines`);
    };
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
    };
  });
  return found;
};
