/** A violation that stays, and the reason. */
export interface Allowed {
  readonly file: string;
  /** The start of what was found. */
  readonly found: string;
  readonly because: string;
}

export const ALLOWED: readonly Allowed[] = [
  ...[
    ['docs/operations/restore.md', 'file restore'],
    ['test/adversary/restore.test.ts', 'file restore'],
    ['test/support/table-copy.ts', 'function restoreTable'],
  ].map(([file = '', found = '']) => ({
    file,
    found,
    because: "to restore a table to a point in time is AWS's term",
  })),
  ...[
    ['test/infra/policy-matrix.test.ts', 'resource RestoreTableToPointInTime'],
    ['functions/router/client/operations.ts', 'resource RestoreTableFromBackup'],
    ['functions/router/client/operations.ts', 'resource RestoreTableToPointInTime'],
  ].map(([file = '', found = '']) => ({ file, found, because: "AWS's name of the operation" })),
  { file: 'package.json', found: 'field marked', because: 'the name of a package that reads Markdown' },
  { file: 'cdk.json', found: 'field notices', because: "CDK's name of its own messages" },
  ...['variable HOME', 'variable JAVA_HOME'].map((found) => ({
    file: 'test/cli/run-cli.ts',
    found,
    because: 'environment variables that other programs define',
  })),
];
