import { parseSync } from 'oxc-parser';

/** Errors that no file of the repository declares. */
const FOREIGN_ERRORS = new Set(['Error', 'RangeError', 'SyntaxError', 'TypeError', 'z.ZodError']);

/** Names of the language and of AWS that comments may mention although the code does not use them. */
const FOREIGN_NAMES = new Set([...FOREIGN_ERRORS, 'ThrottlingReason', 'EndingSequenceNumber']);

interface SourceFile {
  readonly comments: readonly string[];
  /** The source without its comments. */
  readonly code: string;
}

const readFile = (file: string, source: string): SourceFile => {
  const { comments } = parseSync(file, source);
  let code = '';
  let from = 0;
  for (const { start, end } of comments) {
    code += source.slice(from, start);
    from = end;
  }
  return {
    comments: comments.map(({ value }) => value.replaceAll(/^[ \t]*\*[ \t]?/gm, '')),
    code: code + source.slice(from),
  };
};

const wordsOf = (text: string): string[] => text.match(/[A-Za-z_$][\w$]*/g) ?? [];

/** Returns the names in which a comment's `@throws` tags begin, and other names of errors up to the end of their sentence. */
const thrownIn = (comment: string): { readonly classes: string[]; readonly codes: string[] } => {
  const tags = [...comment.matchAll(/@throws\s+([^@]*?)(?=@|\.\s|\n\s*\n|$)/g)].map(([, text = '']) => text);
  return {
    classes: tags.flatMap((text) => text.match(/^(?:z\.)?[A-Z]\w+/) ?? []),
    codes: tags.flatMap((text) => text.match(/\b[A-Z][a-z]+[A-Z]\w*/g) ?? []),
  };
};

const linkedIn = (comment: string): string[] =>
  [...comment.matchAll(/\{@link\s+([\w.#]+)/g)].flatMap(([, name = '']) => wordsOf(name));

const quotedIn = (comment: string): string[] =>
  [...comment.matchAll(/`([A-Za-z_$][\w$]*)`/g)].map(([, name = '']) => name);

/**
 * Returns the names that comments mention and the code does not have, as `file: name`: classes of errors after `@throws`,
 * the target of a link, and names in backticks.
 * @param others other texts whose words exist, such as state machines.
 */
export const unknownNames = (
  sources: ReadonlyMap<string, string>,
  ...others: readonly string[]
): string[] => {
  const files = [...sources].map(([file, source]) => ({ file, ...readFile(file, source) }));
  const words = new Set([...files.map(({ code }) => code), ...others].flatMap(wordsOf));
  const classesIn = (part: typeof files) =>
    new Set(part.flatMap(({ code }) => [...code.matchAll(/\bclass (\w+)/g)].map(([, name = '']) => name)));
  const classes = { all: classesIn(files), shipped: classesIn(files.filter(({ file }) => !isTest(file))) };
  return files.flatMap(({ file, comments }) => {
    const errors = isTest(file) ? classes.all : classes.shipped;
    const unknown = comments.flatMap((comment) => {
      const thrown = thrownIn(comment);
      return [
        ...thrown.classes.filter((name) => !errors.has(name) && !FOREIGN_ERRORS.has(name)),
        ...[...thrown.codes, ...linkedIn(comment), ...quotedIn(comment)].filter(
          (name) => !words.has(name) && !FOREIGN_NAMES.has(name),
        ),
      ];
    });
    return [...new Set(unknown)].map((name) => `${file}: ${name}`);
  });
};

const isTest = (file: string): boolean => file.startsWith('test/');
