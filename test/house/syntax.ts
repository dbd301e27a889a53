import { parseSync, Visitor, type VisitorObject } from 'oxc-parser';
import { lineNumbers } from './words/passage.ts';

/**
 * Calls the visitor with the nodes of a TypeScript file. TypeScript 7 has no compiler API, so the file is read by the
 * parser that knip uses.
 * @param visitorOf makes the visitor. It gets a function that returns the line of an offset.
 * @throws Error if the file cannot be parsed
 */
export const visitSource = (
  file: string,
  source: string,
  visitorOf: (lineAt: (offset: number) => number) => VisitorObject,
): void => {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`cannot parse ${file}: ${errors[0]?.message}`);
  new Visitor(visitorOf(lineNumbers(source))).visit(program);
};
