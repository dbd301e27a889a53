import { expect, test } from 'vitest';
import { allCommands } from './command-names.ts';
import { runWithEnv } from './run-in-process.ts';

const help = (...words: string[]) => runWithEnv(['help', ...words], {});

test('the help of every command has examples, which begin with its name', async () => {
  for (const [name] of await allCommands()) {
    const { code, stdout } = await runWithEnv([...name.split(' '), '--help'], {});
    expect(code, name).toBe(0);
    expect(stdout, name).toContain(`\nExamples:\n  $ tierferry ${name}`);
  }
});

test('help of a command, also of a group, is what its --help prints', async () => {
  for (const words of [['migrate'], ['tenant', 'add'], []])
    expect(await help(...words)).toEqual(await runWithEnv([...words, '--help'], {}));
});

test('help explains a topic from its page, as plain text within 80 columns', async () => {
  const { code, stdout } = await help('concepts');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^CONCEPTS\n\n {2}Tierferry moves one tenant/);
  expect(stdout).not.toMatch(/\]\(|\*\*|`|<img/);
  expect(stdout).not.toContain('\u001b');
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('help explains a section of a page: the exit codes', async () => {
  const { stdout } = await help('exit', 'codes');
  expect(stdout).toMatch(/^Exit codes\n/);
  expect(stdout).toMatch(/^ {2}130 +Ctrl-C was pressed/m);
  expect(stdout).not.toMatch(/For programs/);
});

test('help explains a term of the glossary, by any of its names', async () => {
  const { stdout } = await help('straggler');
  expect(stdout).toBe('straggler\n    a write that reached the source after the flip\n');
  expect((await help('free', 'slots')).stdout).toMatch(/^tenant limit, free slots\n/);
  expect((await help('journal entry')).stdout).toMatch(/^journal, journal entry\n/);
});

test('help explains an error, and names each column of its row', async () => {
  const { stdout } = await help('SegmentClaimed');
  expect(stdout).toMatch(/^SegmentClaimed\n {4}exit: 1\n {4}meaning: Another worker/);
  expect(stdout).toMatch(/\n {4}next: retry\n$/);
});

test('help lists the topics, and each of them is explained', async () => {
  const { stdout } = await help('topics');
  const topics = [...stdout.matchAll(/^([a-z-]+) {2,}\w/gm)].map(([, topic = '']) => topic);
  expect(topics).toEqual(expect.arrayContaining(['concepts', 'glossary', 'exit-codes', 'settings']));
  for (const topic of topics.filter((one) => one !== 'topic')) {
    const { code, stdout: text } = await help(topic);
    expect({ topic, code, isLong: text.length > 200 }).toEqual({ topic, code: 0, isLong: true });
  }
});

test('help of an unknown subject is a usage error that suggests a known one', async () => {
  expect(await help('stragler')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/'stragler'. Did you mean 'straggler'\?.*help topics/),
  });
});
