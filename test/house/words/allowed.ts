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
];
