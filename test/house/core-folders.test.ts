import { describe, expect, test } from 'vitest';
import { coreFolderOf, importsOfFolders, PORTS } from './core-folders.ts';
import { findCycle, type Import, importsOf, readSources } from './imports.ts';

const sources = readSources('functions/migration');
const imports = [...sources].flatMap(([file, source]) => importsOf(file, source));
const folders = importsOfFolders(imports);

/** The protocol: each folder stands on the one before it. */
const PROTOCOL = ['route', 'journal', 'apply', 'compare', 'cutover'];

const planted = (file: string, source: string): Import[] => [
  ...folders,
  ...importsOfFolders(importsOf(`functions/migration/${file}`, source)),
];

describe('the folders of the core import one way, types included', () => {
  test('no two folders import each other, by however many others', () => {
    expect(findCycle(folders, { withTypes: true })).toBeUndefined();
    const importsUpward = "import type { Budget } from '../cutover/budget.ts';";
    expect(findCycle(planted('journal/x.ts', importsUpward), { withTypes: true })).toEqual(
      expect.arrayContaining(['journal', 'cutover']),
    );
  });

  test('a file beside the folders imports none of them', () => {
    const fromRoot = ({ from }: Import) => from === 'the files beside the folders';
    expect(folders.filter(fromRoot)).toEqual([]);
    expect(planted('x.ts', "import type { Route } from './route/route.ts';").filter(fromRoot)).toHaveLength(
      1,
    );
  });

  test('the journal stands on the route, and the cutover on the journal', () => {
    const isUp = ({ from, to }: Import) =>
      PROTOCOL.includes(from) && PROTOCOL.indexOf(to) > PROTOCOL.indexOf(from);
    expect(folders.filter(isUp)).toEqual([]);
    for (const [n, folder] of PROTOCOL.entries())
      if (n > 0)
        expect(folders.some(({ from, to }) => from === folder && PROTOCOL.indexOf(to) < n)).toBe(true);
    expect(
      planted('route/x.ts', "import type { Journal } from '../journal/journal-port.ts';").filter(isUp),
    ).toHaveLength(1);
  });

  test('no two files import each other, by however many others', () => {
    expect(findCycle(imports, { withTypes: true })).toBeUndefined();
    const [file = '', to = ''] = [
      'functions/migration/route/route.ts',
      'functions/migration/route/current-route.ts',
    ];
    const circle = [...imports, { from: file, to, isTypeOnly: true }];
    expect(findCycle(circle, { withTypes: true })).toEqual(expect.arrayContaining([file, to]));
  });

  test('ports.ts only gathers: it declares Ports, and imports types only', () => {
    const declares = (source: string) =>
      [...source.matchAll(/^export (?:\w+ )*(\w+)\b/gm)].map(([, name]) => name);
    expect(declares(sources.get(PORTS) ?? '')).toEqual(['Ports']);
    expect(imports.filter(({ from, isTypeOnly }) => from === PORTS && !isTypeOnly)).toEqual([]);
    expect(declares('export interface Ports {}\nexport const x = 1;')).toEqual(['Ports', 'x']);
  });

  test('a folder is named by its path', () => {
    expect(coreFolderOf('functions/migration/journal/journal-port.ts')).toBe('journal');
    expect(coreFolderOf('functions/migration/names.ts')).toBe('');
    expect(coreFolderOf('functions/aws/journal.ts')).toBeUndefined();
  });
});
