import { visitSource } from './syntax.ts';

/**
 * Functions that take the layout of the tables' keys as their last parameter, with the number of their parameters. Tests
 * may leave it out, since tables of the tests have the default keys. A migration may not.
 */
const WITH_LAYOUT: Readonly<Record<string, number>> = {
  indexMarker: 4,
  isOwnIndexValue: 4,
  isPendingProof: 3,
  isSentinelItem: 2,
  lastSentinelKey: 2,
  partitionOf: 3,
  readRange: 7,
  refuseUnmovable: 2,
  sentinelItem: 3,
  sentinelKey: 3,
  sentinelKeys: 3,
  tablesIn: 3,
};
/** Knows the default keys only. */
const DEFAULT_ONLY = 'keyOf';

/** Returns the calls in a file that rely on the default keys of the tables. */
export const callsWithoutLayout = (file: string, source: string): string[] => {
  const found: string[] = [];
  visitSource(file, source, (lineAt) => ({
    CallExpression({ callee, arguments: given, start }) {
      if (callee.type !== 'Identifier') return;
      const wanted = WITH_LAYOUT[callee.name];
      if (wanted !== undefined && given.length < wanted)
        found.push(`${file}:${lineAt(start)}: ${callee.name} without the layout of the keys`);
    },
    ImportSpecifier({ imported, start }) {
      if (imported.type === 'Identifier' && imported.name === DEFAULT_ONLY)
        found.push(`${file}:${lineAt(start)}: ${DEFAULT_ONLY} of items with the default keys`);
    },
  }));
  return found;
};
