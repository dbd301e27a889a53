import { type DeclaredName, lineNumbers, type Passage } from './passage.ts';

const PROSE = /"(?:description|title|summary|Comment)"\s*:\s*("(?:[^"\\]|\\.)*")/g;
const STATE = /^\s*"(\w+)":\s*\{\s*(?:"Comment":[^\n]*\n\s*)?"Type":/gm;
const KEY = /"([A-Za-z][\w-]*)"\s*:/g;

/** Returns the descriptions of a JSON document: those of a schema, and the comments of a state machine. */
export const descriptionsOf = (source: string): Passage[] => {
  const lineAt = lineNumbers(source);
  return [...source.matchAll(PROSE)].map(({ index, 1: quoted = '""' }) => ({
    line: lineAt(index),
    text: String(JSON.parse(quoted)),
  }));
};

/** Returns the names of a JSON document: states of a state machine, else keys of objects. */
export const keysOf = (source: string): DeclaredName[] => {
  const lineAt = lineNumbers(source);
  const [kind, pattern] = source.includes('"StartAt"')
    ? (['state', STATE] as const)
    : (['field', KEY] as const);
  return [...source.matchAll(pattern)].map(({ index, 1: name = '' }) => ({
    kind,
    line: lineAt(index),
    name,
  }));
};
