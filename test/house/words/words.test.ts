import { describe, expect, test } from 'vitest';
import { ALLOWED } from './allowed.ts';
import { nameViolations, proseViolations } from './check-file.ts';
import { isOurs } from './coverage.ts';
import type { Violation } from './passage.ts';
import { readRepository } from './read-repository.ts';
import { REFUSED } from './refused-words.ts';

const sources = readRepository();

const found = (violationsIn: (file: string, source: string) => readonly Violation[]): string[] =>
  [...sources]
    .filter(([file]) => isOurs(file))
    .flatMap(([file, source]) =>
      violationsIn(file, source)
        .filter((one) => !ALLOWED.some((entry) => entry.file === file && one.found.startsWith(entry.found)))
        .map((one) => `${file}:${one.line}: ${one.rule}: ${one.found}`),
    );

describe('words of the repository', () => {
  test('comments, texts, pages and descriptions follow the rules', () => {
    expect(found(proseViolations)).toEqual([]);
  });

  test('names follow the glossary', () => {
    expect(found(nameViolations)).toEqual([]);
  });

  test('each allowed violation is there', () => {
    const unused = ALLOWED.filter(({ file, found: start }) => {
      const source = sources.get(file) ?? '';
      const all = [...proseViolations(file, source), ...nameViolations(file, source)];
      return !all.some((one) => one.found.startsWith(start));
    });
    expect(unused).toEqual([]);
  });
});

const rulesOf = (violations: readonly Violation[]): string[] => violations.map(({ rule }) => rule);
const long = (words: number): string => `A ${'word '.repeat(words - 2)}end.`;

describe('a planted violation is found', () => {
  test.each(REFUSED.map(([word]) => word))('the refused word "%s"', (word) => {
    const name = word.replaceAll(/[ -]+(\w)/g, (_, letter: string) => letter.toUpperCase());
    const comment = `/** Says ${word.replaceAll(' ', '\n * ')} here. */\n`;
    expect(rulesOf(proseViolations('x.ts', comment))).toEqual(['refused word']);
    expect(rulesOf(proseViolations('x.ts', `export const x = 'it says ${word}';`))).toEqual(['refused word']);
    expect(rulesOf(proseViolations('x.md', `Says\n${word} here.`))).toEqual(['refused word']);
    expect(rulesOf(proseViolations('x.json', `{ "description": "Says ${word}." }`))).toEqual([
      'refused word',
    ]);
    expect(rulesOf(proseViolations('x.sh', `# says ${word}`))).toEqual(['refused word']);
    if (word === 'roll-back') return;
    expect(rulesOf(nameViolations('x.ts', `export const ${name}Of = () => 1;`))).toContain('refused word');
  });

  test.each(['Of', 'What', 'Who', 'Whose', 'Whether', 'Where', 'How'])(
    'a comment that starts with "%s"',
    (word) => {
      const source = `export const x = () => {\n  // ${word.toLowerCase()} this is\n  return 1;\n};\n`;
      expect(proseViolations('x.ts', source)).toEqual([
        { rule: 'start of a comment', line: 2, found: `${word.toLowerCase()} this is` },
      ]);
      expect(rulesOf(proseViolations('x.ts', `/**\n * ${word} this is.\n */\n`))).toEqual([
        'start of a comment',
      ]);
    },
  );

  test('a sentence of 36 words in a page, a table, a comment or a description', () => {
    const rule = 'sentence over 35 words';
    expect(rulesOf(proseViolations('x.md', `One.\n${long(36)} Two.`))).toEqual([rule]);
    expect(rulesOf(proseViolations('x.md', `| a | ${long(36)} |`))).toEqual([rule]);
    expect(rulesOf(proseViolations('x.ts', `/* ${long(36)} */`))).toEqual([rule]);
    expect(rulesOf(proseViolations('x.ts', `// ${'word '.repeat(20)}\n// ${long(16)}`))).toEqual([rule]);
    expect(rulesOf(proseViolations('x.json', `{ "Comment": "${long(36)}" }`))).toEqual([rule]);
  });

  test.each([
    ['a type', 'export interface WayBackwards {}'],
    ['a function', 'export const takeTurn = () => 1;'],
    ['a method', 'export class X { keepPlace() {} }'],
    ['a field', 'export interface X { readonly markedAt: number }'],
    ['a stored field', 'export const X = z.object({ rooms: z.number() });'],
    ['a value', "export type X = 'settled' | 'open';"],
    ['a flag', "export const x = '--why TEXT';"],
    ['a constant', 'export const MOST_ROOMS = 3;'],
    ['a local variable', 'export const x = () => { let settled = false; return settled; };'],
    ['a parameter', 'export const x = (marks: number) => marks;'],
    ['a destructured parameter', 'export const x = ({ n: marks }: { n: number }) => marks;'],
    ['a metric, an alarm or a resource', "export const NAME = 'MissedWritesTold';"],
  ])('a retired word in the name of %s', (_, source) => {
    expect(rulesOf(nameViolations('x.ts', source))).toEqual(['retired word in a name']);
  });

  test('a retired word in the name of a file, a state, or a field of a document', () => {
    const rule = 'retired word in a name';
    expect(rulesOf(nameViolations('infra/missed.ts', ''))).toEqual([rule]);
    const state = '{ "StartAt": "CompareFrozen", "States": {\n"CompareFrozen": { "Type": "Task" } } }';
    expect(rulesOf(nameViolations('x.asl.json', state))).toEqual([rule]);
    expect(rulesOf(nameViolations('x.json', '{ "notices": [] }'))).toEqual([rule]);
  });

  test.each(['interface Said {}', 'type KeysCompared = 1;', 'class Looking {}'])(
    'a participle as the name of a type: %s',
    (source) => {
      expect(rulesOf(nameViolations('x.ts', source))).toContain('participle as a type');
    },
  );
});

describe('no violation is found', () => {
  test('in sentences of 35 words, code of any length, and lists', () => {
    expect(proseViolations('x.md', `${long(35)} ${long(35)}`)).toEqual([]);
    expect(proseViolations('x.md', `\`${long(40)}\`\n\n\`\`\`sh\n${long(40)}\n\`\`\``)).toEqual([]);
    expect(proseViolations('x.md', `- ${'word '.repeat(20)}\n- ${'word '.repeat(20)}`)).toEqual([]);
    expect(
      proseViolations('x.ts', `/** Does.\n * @param a ${'word '.repeat(20)}\n * @throws B ${long(16)} */`),
    ).toEqual([]);
  });

  test('in code that only looks like a comment, and in words that only contain a refused one', () => {
    expect(proseViolations('x.ts', "export const x = '// of this';\nexport const y = /\\/* who/;")).toEqual(
      [],
    );
    expect(proseViolations('x.md', 'Henceforth the clients roll back; the digestion is over.')).toEqual([]);
    expect(
      nameViolations(
        'x.ts',
        'const rollBack = () => 1;\nconst lookUp = () => 1;\nconst markDropped = () => 1;',
      ),
    ).toEqual([]);
    expect(
      nameViolations(
        'x.ts',
        'export interface X { readonly missedWrites: number; readonly callsUnderWay: number; readonly needsOperator: boolean }',
      ),
    ).toEqual([]);
  });

  test('in the name of an error, and in a noun that looks like a participle', () => {
    const source =
      'export class Throttled extends Error {}\nexport interface Finding {}\nexport interface Seed {}';
    expect(nameViolations('x.ts', source)).toEqual([]);
  });
});
