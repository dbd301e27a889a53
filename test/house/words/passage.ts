/** A piece of prose: a comment, a paragraph, a table cell, a text in code. */
export interface Passage {
  /** Line of the file on which the prose starts, from 1. */
  readonly line: number;
  readonly text: string;
}

/** A name that the repository declares. */
export interface DeclaredName {
  readonly kind:
    | 'file'
    | 'type'
    | 'error'
    | 'function'
    | 'variable'
    | 'field'
    | 'state'
    | 'flag'
    | 'value'
    | 'resource';
  readonly line: number;
  readonly name: string;
}

/** A break of one rule. */
export interface Violation {
  readonly rule: string;
  readonly line: number;
  /** The words that break the rule. */
  readonly found: string;
}

/** Returns a function that returns the number of the line that contains an offset, from 1. */
export const lineNumbers = (source: string): ((offset: number) => number) => {
  const ends = [...source.matchAll(/\n/g)].map(({ index }) => index);
  return (offset) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? offset) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
};
