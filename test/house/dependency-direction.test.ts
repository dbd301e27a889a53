import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findCycle, type Import, importsOf, readSources } from './imports.ts';

const FOLDERS = ['docs', 'functions', 'infra', 'scripts', 'state-machines', 'test'];
const sources = readSources(...FOLDERS);
const imports = [...sources].flatMap(([file, source]) => importsOf(file, source));

interface Rule {
  readonly because: string;
  readonly forbids: (one: Import) => boolean;
  /** Source text that breaks the rule, at a place where the rule applies. */
  readonly planted: readonly [file: string, source: string];
}
const isIn = (path: string, ...folders: readonly string[]) =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const isPackage = (path: string) => !isIn(path, ...FOLDERS);

/** The files that the deployment may import, apart from paths: names, tables, settings. */
const CONTRACT = [
  'functions/migration/settings/settings.ts',
  'functions/migration/settings/config.ts',
  'functions/migration/items/key-layout.ts',
  'functions/aws/control-tables.ts',
  'functions/console/page-folder.ts',
  'functions/aws/move-request.ts',
  'functions/aws/stream-mappings.ts',
  'functions/aws/metrics.ts',
  'functions/aws/tenant-tag.ts',
  'functions/migration/metrics-port.ts',
];

const RULES: readonly Rule[] = [
  {
    because:
      'the core imports neither adapters nor handlers, not even types; of the router it imports the test for sentinels and the parser of key templates only',
    forbids: ({ from, to }) =>
      isIn(from, 'functions/migration') &&
      isIn(to, 'functions') &&
      !isIn(to, 'functions/migration') &&
      to !== 'functions/router/sentinel.ts' &&
      to !== 'functions/router/client/key-template.ts',
    planted: ['functions/migration/copy/x.ts', "import type { Records } from '../../aws/records.ts';"],
  },
  {
    because: 'the core runs without an SDK: it imports only zod, p-limit and Node at run time',
    forbids: ({ from, to, isTypeOnly }) =>
      isIn(from, 'functions/migration') &&
      isPackage(to) &&
      !isTypeOnly &&
      !['zod', 'p-limit'].includes(to) &&
      !to.startsWith('node:'),
    planted: [
      'functions/migration/x.ts',
      "import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';\nexport const x: AttributeValue = new DynamoDBClient() as never;",
    ],
  },
  {
    because: 'handlers import adapters, and adapters import no handler',
    forbids: ({ from, to }) => isIn(from, 'functions/aws') && isIn(to, 'functions/handlers'),
    planted: ['functions/aws/x.ts', "import { handler } from '../handlers/copy-segment.ts';\nhandler;"],
  },
  {
    because: 'the router is a library: it imports nothing else of ours, and only the DynamoDB client',
    forbids: ({ from, to }) =>
      isIn(from, 'functions/router') && !isIn(to, 'functions/router') && to !== '@aws-sdk/client-dynamodb',
    planted: ['functions/router/x.ts', "import type { Route } from '../migration/routing/route.ts';"],
  },
  {
    because: 'a handler imports no other handler',
    forbids: ({ from, to }) => isIn(from, 'functions/handlers') && isIn(to, 'functions/handlers'),
    planted: ['functions/handlers/x.ts', "export { handler } from './copy-segment.ts';"],
  },
  {
    because: 'code that runs on Lambda imports nothing from scripts, infra, state machines or tests',
    forbids: ({ from, to }) =>
      isIn(from, 'functions') && isIn(to, 'scripts', 'infra', 'state-machines', 'test'),
    planted: ['functions/aws/x.ts', "const x = await import('../../scripts/local/stack.ts');\nx;"],
  },
  {
    because: 'infra imports the state machines and a small contract, and knows handlers by path',
    forbids: ({ from, to }) =>
      isIn(from, 'infra') && !isPackage(to) && !isIn(to, 'infra', 'state-machines') && !CONTRACT.includes(to),
    planted: ['infra/x.ts', "import { Records } from '../functions/aws/records.ts';\nnew Records();"],
  },
  {
    because: "the console's page uses only the API, by the types of its OpenAPI document",
    forbids: ({ from, to }) =>
      isIn(from, 'functions/console/page') && !isPackage(to) && !isIn(to, 'functions/console/page'),
    planted: [
      'functions/console/page/views/x.tsx',
      "import type { Migration } from '../../../migration/migration.ts';\nexport const X = () => <p />;",
    ],
  },
  {
    because: "the console's page is built separately, so only its tests import it",
    forbids: ({ from, to }) =>
      isIn(to, 'functions/console/page') && !isIn(from, 'functions/console/page', 'test/console/page'),
    planted: ['functions/console/api/x.ts', "import { count } from '../page/parts/formats.ts';\ncount(1);"],
  },
  {
    because:
      'the state machines import nothing of ours, so that the deployment and the embedded stack read the same',
    forbids: ({ from, to }) =>
      isIn(from, 'state-machines') && !isIn(to, 'state-machines') && !to.startsWith('node:'),
    planted: [
      'state-machines/x.ts',
      "import { permissionsOf } from '../infra/step-permissions.ts';\npermissionsOf('X');",
    ],
  },
  {
    because: 'no script imports tests or the deployment',
    forbids: ({ from, to }) => isIn(from, 'scripts') && isIn(to, 'test', 'infra'),
    planted: ['scripts/cli/x.ts', "import '../../test/support/tenants.ts';"],
  },
  {
    because: 'an example imports only what its readers install, so that its folder can be copied',
    forbids: ({ from, to }) => isIn(from, 'docs') && !isPackage(to) && !isIn(to, dirname(from)),
    planted: ['docs/examples/x/x.ts', "import '../../../functions/router/tenant-router.ts';"],
  },
];

describe('dependencies go one way', () => {
  test('every import is found', () => {
    expect(sources.size).toBeGreaterThan(100);
    expect(imports).toContainEqual({
      from: 'functions/handlers/copy-segment.ts',
      to: 'functions/migration/copy/copy-segment.ts',
      isTypeOnly: false,
    });
    expect(imports).toContainEqual({
      from: 'functions/migration/items/items.ts',
      to: '@aws-sdk/client-dynamodb',
      isTypeOnly: true,
    });
    const unknown = imports.filter(
      ({ to }) => /\.tsx?$/.test(to) && !to.endsWith('.d.ts') && !sources.has(to),
    );
    expect(unknown).toEqual([]);
  });

  test.each(RULES)('$because', ({ forbids, planted }) => {
    expect(imports.filter(forbids)).toEqual([]);
    expect(importsOf(...planted).filter(forbids), 'the planted violation is found').toHaveLength(1);
  });

  test('beside JSX, a type import is distinguished from one at run time', () => {
    const source =
      "import type { A } from './a.ts';\nimport B, { type C } from './b.tsx';\nexport const X = () => <B />;";
    const found = importsOf('functions/console/page/x.tsx', source);
    expect(found.map(({ to, isTypeOnly }) => [to.split('/').at(-1), isTypeOnly])).toEqual([
      ['a.ts', true],
      ['b.tsx', false],
    ]);
  });

  test('imports in comments and strings are ignored', () => {
    const source = "// import { x } from './x.ts'\n/* from './y.ts' */\nexport const say = 'from nowhere';";
    expect(importsOf('functions/aws/x.ts', source)).toEqual([]);
  });

  test('no files import each other, directly or through others', () => {
    expect(findCycle(imports)).toBeUndefined();
    const edge = (from: string, to: string): Import => ({ from, to, isTypeOnly: false });
    expect(findCycle([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toEqual(['b', 'c', 'b']);
  });
});
