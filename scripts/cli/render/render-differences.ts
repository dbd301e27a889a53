import type { Report } from '../../../functions/migration/report/report.ts';
import type { Difference } from '../../../functions/migration/segment.ts';
import { formatCount, formatCounted } from './figures.ts';
import { indent, renderTable } from './text-table.ts';

const KINDS = ['missing', 'extra', 'different'] as const;
const MEANINGS = {
  missing: 'not on the target',
  extra: 'on the target only',
  different: 'on both, with different values',
} as const;
/** Maximum number of keys shown of each kind; `--json` has all of them. */
const MAX_SHOWN_KEYS = 20;
/** Hex digits shown of an item's hash: enough to tell two values apart. */
const DIGITS = 12;

/** Renders the differing keys by kind. `differing` counts all of them; `differences` may hold fewer. */
export const renderDifferences = (differences: readonly Difference[], differing: number): string[] => [
  `${formatCounted(differing, 'key')} ${differing === 1 ? 'differs' : 'differ'}${differing > differences.length ? `; the first ${formatCount(differences.length)}:` : ':'}`,
  ...indent(renderKinds(differences)),
  '',
  ...indent(renderKeys(differences)),
];

/** Renders the keys that another process wrote, with the hash of each side's item. */
export const renderForeign = (foreign: readonly Difference[]): string[] => [
  `${formatCounted(foreign.length, 'key')} ${foreign.length === 1 ? 'was' : 'were'} written by another process before or after the flip,`,
  'or a change did not reach the target (either side may be newer):',
  ...indent(renderKeys(foreign)),
];

/** Renders the keys that were written under a fence after every lease had run out. */
export const renderPastLeases = ({ keys, total }: NonNullable<Report['pastLeases']>): string[] => [
  `${formatCounted(total, 'key')} ${total === 1 ? 'was' : 'were'} written under a fence after every lease had run out:`,
  'a process writes without the router.',
  ...indent([
    ...keys.slice(0, MAX_SHOWN_KEYS),
    ...(total > MAX_SHOWN_KEYS
      ? [`and ${formatCount(total - Math.min(MAX_SHOWN_KEYS, keys.length))} more`]
      : []),
  ]),
];

const differencesOfKind = (
  differences: readonly Difference[],
  kind: Difference['kind'],
): readonly Difference[] => differences.filter((one) => one.kind === kind);

const renderKinds = (differences: readonly Difference[]): string[] =>
  renderTable(
    undefined,
    KINDS.map((kind) => [kind, formatCount(differencesOfKind(differences, kind).length), MEANINGS[kind]]),
    ['left', 'right'],
  );

/** The key comes last, since it may be long. */
const renderKeys = (differences: readonly Difference[]): string[] =>
  renderTable(
    ['', 'source', 'target', 'key'],
    KINDS.flatMap((kind) => {
      const all = differencesOfKind(differences, kind);
      const rest = all.length - MAX_SHOWN_KEYS;
      return [
        ...all
          .slice(0, MAX_SHOWN_KEYS)
          .map(({ key, source, target }) => [kind, shortenedKey(source), shortenedKey(target), key]),
        ...(rest > 0 ? [[kind, '...', '...', `and ${formatCount(rest)} more, in --json`]] : []),
      ];
    }),
  );

const shortenedKey = (checksum: string | undefined): string => checksum?.slice(0, DIGITS) ?? '-';
