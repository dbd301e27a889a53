import type { Difference } from '../../../functions/migration/segment.ts';
import { count, counted } from './figures.ts';
import { indent, table } from './table.ts';

const KINDS = ['missing', 'extra', 'different'] as const;
const MEANINGS = {
  missing: 'not on the target',
  extra: 'on the target only',
  different: 'on both, with other values',
} as const;
/** Keys that are shown of each kind; `--json` has them all. */
const SHOWN = 20;

/** The differing keys by kind. `differing` may be more than there are keys. */
export const renderDifferences = (differences: readonly Difference[], differing: number): string[] => {
  const byKind = KINDS.map((kind) => ({ kind, keys: differences.filter((one) => one.kind === kind) }));
  return [
    `${counted(differing, 'key')} ${differing === 1 ? 'differs' : 'differ'}${differing > differences.length ? `; the first ${count(differences.length)}:` : ':'}`,
    ...indent(
      table(
        undefined,
        byKind.map(({ kind, keys }) => [kind, count(keys.length), MEANINGS[kind]]),
        ['left', 'right'],
      ),
    ),
    ...byKind.flatMap(({ kind, keys }) => [
      ...keys.slice(0, SHOWN).map(({ key }) => `  ${kind} ${key}`),
      ...(keys.length > SHOWN ? [`  ${kind} ... and ${count(keys.length - SHOWN)} more, in --json`] : []),
    ]),
  ];
};
