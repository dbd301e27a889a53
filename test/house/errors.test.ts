import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commandOf } from '../../functions/documents/next-command.ts';
import { ERRORS } from '../../functions/migration/error-catalogue.ts';
import * as errors from '../../functions/migration/errors.ts';
import { NextStep } from '../../functions/migration/next-action.ts';
import { errorsPage, NEXT_EXAMPLES } from '../../scripts/build/errors-page.ts';
import { CLI_ERRORS } from '../../scripts/cli/error-catalogue.ts';
import { renderNext } from '../../scripts/cli/render/render-next.ts';
import { allCommands } from '../cli/command-names.ts';
import { readSources } from './imports.ts';
import { readTypeScript } from './words/typescript-source.ts';

const PAGE = new URL('../../docs/errors.md', import.meta.url);
const core = readSources('functions/migration', 'functions/aws');
const codes = Object.keys(ERRORS);
const classes = Object.keys(errors).filter((name) => name !== 'TierferryError');

/** A plain error stands for an answer of a service that is not expected, a type error for a value that never occurs. */
const UNCATALOGUED = new Set(['Error', 'TypeError']);

const uncataloguedIn = (file: string, source: string): string[] => {
  const thrown = [...source.matchAll(/\bthrow new (\w+)\(/g)].map(([, name = '']) => name);
  const declared = [...source.matchAll(/\bclass (\w+) extends (\w+)/g)]
    .filter(([, , base = '']) => base === 'Error' || base === 'TierferryError' || base in errors)
    .map(([, name = '']) => name);
  return [...thrown, ...declared]
    .filter((name) => name !== 'TierferryError' && !codes.includes(name) && !UNCATALOGUED.has(name))
    .map((name) => `${file}: ${name}`);
};

/** A command of Tierferry or of the AWS CLI, or a flag. */
const COMMAND = /\btierferry [a-z]|\baws [a-z]+ [a-z]+-[a-z-]+|(?:^|[\s'"(])--[a-z][a-z-]+/;

const commandsIn = (file: string, source: string): string[] =>
  readTypeScript(file, source)
    .texts.filter(({ text }) => COMMAND.test(text))
    .map(({ line, text }) => `${file}:${line}: ${text}`);

const found = (check: (file: string, source: string) => string[]): string[] =>
  [...core].flatMap(([file, source]) => check(file, source));

describe('errors of the core', () => {
  test('every class of an error has a code in the catalogue, and every code has a class', () => {
    expect(codes.toSorted()).toEqual(classes.toSorted());
  });

  test('every error that the core or an adapter throws or declares is in the catalogue', () => {
    expect(found(uncataloguedIn)).toEqual([]);
  });

  test('docs/errors.md is the page that is made from the catalogue', async () => {
    await expect(errorsPage()).toMatchFileSnapshot(PAGE.pathname);
  });

  test('docs/errors.md has a row for every code', () => {
    const page = readFileSync(PAGE, 'utf8');
    expect(codes.filter((code) => !page.includes(`\n| \`${code}\` | `))).toEqual([]);
  });

  test('no text of the core or of an adapter contains a command or a flag', () => {
    expect(found(commandsIn)).toEqual([]);
  });
});

describe('errors of the command line', () => {
  const sources = [...readSources('scripts/cli', 'scripts/local', 'scripts/console', 'scripts/demo')];
  const declared = sources.flatMap(([, source]) =>
    [...source.matchAll(/\bclass (\w+) extends (\w+)/g)]
      .filter(([, name = '', base = '']) => base in errors || name === 'Interrupted')
      .map(([, name = '']) => name),
  );

  test('every class of an error, and the usage error, has a code in its catalogue', () => {
    expect(Object.keys(CLI_ERRORS).toSorted()).toEqual([...declared, 'UsageError'].toSorted());
  });

  test.each(Object.entries(CLI_ERRORS))(
    'docs/errors.md has a row for %s with its exit code',
    (code, { exit }) => {
      expect(readFileSync(PAGE, 'utf8')).toContain(`\n| \`${code}\` | ${exit} | `);
    },
  );
});

describe('next actions', () => {
  const actionsIn = (step: NextStep | undefined): string[] => (step ? [step.action] : []);
  const known = NextStep.options.flatMap(({ shape: { action } }) =>
    'options' in action ? action.options : [...action.values],
  );

  test('each has an example', () => {
    expect(NEXT_EXAMPLES.flatMap(actionsIn).toSorted()).toEqual(known.toSorted());
  });

  test.each(
    NEXT_EXAMPLES.filter(({ action }) => action !== 'by-hand').map((step) => [step.action, step] as const),
  )('the command line words %s as one of its commands', async (_, step) => {
    const [program, ...words] = commandOf(step)?.split(' ') ?? [];
    expect(program).toBe('tierferry');
    const isKnown = (name: string) => words.slice(0, name.split(' ').length).join(' ') === name;
    expect((await allCommands()).map(([name]) => name).some(isKnown)).toBe(true);
  });

  test('work by hand is worded by its own text', () => {
    expect(renderNext({ action: 'by-hand', todo: 'Restore the table.' })).toBe('Restore the table.');
  });
});

describe('a planted violation is found', () => {
  test.each([
    "throw new Oddity('it failed');",
    'export class Oddity extends NotSafe {}',
    'class Oddity extends Error {}',
  ])('%s', (source) => {
    expect(uncataloguedIn('x.ts', source)).toEqual(['x.ts: Oddity']);
  });

  test.each([
    "export const x = 'it failed; see tierferry status';",
    'export const x = `roll it back: tierferry rollback ID`;',
    "export const x = 'Leave out --table to have one created';",
    "export const x = 'Run aws dynamodb delete-table on it';",
  ])('%s', (source) => {
    expect(commandsIn('x.ts', source)).toHaveLength(1);
  });

  test('a comment may contain a command', () => {
    expect(commandsIn('x.ts', '/** Serves tierferry status --watch. */\nexport const x = 1;')).toEqual([]);
  });
});
