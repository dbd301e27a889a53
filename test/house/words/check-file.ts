import { basename } from 'node:path';
import { commentStarts } from './comment-starts.ts';
import { descriptionsOf, keysOf } from './json-prose.ts';
import { longSentences } from './long-sentences.ts';
import { codeOf, paragraphsOf } from './markdown.ts';
import { participleTypes } from './participle-types.ts';
import type { DeclaredName, Violation } from './passage.ts';
import { refusedWords } from './refused-words.ts';
import { retiredNames, spaced } from './retired-names.ts';
import { readTypeScript, type SourceWords } from './typescript-source.ts';

/** Sources that were read before: each is asked for its prose and for its names. */
const known = new Map<string, SourceWords>();

const wordsOf = (file: string, source: string): SourceWords => {
  const words = known.get(source) ?? readTypeScript(file, source);
  known.set(source, words);
  return words;
};

const isTypeScript = (file: string): boolean => /\.tsx?$/.test(file);

/** Returns what the prose of a file breaks: comments, texts, pages, descriptions. */
export const proseViolations = (file: string, source: string): Violation[] => {
  if (isTypeScript(file)) {
    const { comments, texts } = wordsOf(file, source);
    return [
      ...comments.flatMap((one) => [...refusedWords(one), ...commentStarts(one), ...longSentences(one)]),
      ...texts.flatMap(refusedWords),
    ];
  }
  const passages = file.endsWith('.md')
    ? paragraphsOf(source)
    : file.endsWith('.json')
      ? descriptionsOf(source)
      : undefined;
  if (passages) return passages.flatMap((one) => [...refusedWords(one), ...longSentences(one)]);
  return refusedWords({ line: 1, text: source });
};

/** Violations of names that were checked before: most names occur in many files. */
const checked = new Map<string, readonly Violation[]>();

const checkName = (name: DeclaredName): Violation[] => {
  const known = `${name.kind} ${name.name}`;
  const violations = checked.get(known) ?? [
    ...refusedWords({ line: name.line, text: spaced(name.name) }),
    ...retiredNames(name),
    ...participleTypes(name),
  ];
  checked.set(known, violations);
  return violations.map((violation) => ({ ...violation, line: name.line }));
};

/** Returns what the names of a file break: its own name, and those that it declares. */
export const nameViolations = (file: string, source: string): Violation[] => {
  const own: DeclaredName = { kind: 'file', line: 1, name: basename(file).replace(/\..*$/, '') };
  const code = file.endsWith('.md')
    ? codeOf(source).flatMap(({ line, text }) => refusedWords({ line, text: spaced(text) }))
    : [];
  const declared = isTypeScript(file)
    ? wordsOf(file, source).names
    : file.endsWith('.json')
      ? keysOf(source)
      : [];
  return [...code, ...[own, ...declared].flatMap(checkName)];
};
