import { counted } from '../counted.ts';
import type { Settings } from './settings.ts';

/** The settings that name what is counted. */
export type LabelSettings = Partial<Pick<Settings, 'counted'>>;

/** The items that are counted for the tiers' limits. */
export interface CountedItems {
  readonly prefix: string;
  /** The last character of the prefix. */
  readonly separator: string;
  readonly entityType: string;
}

/** Returns what is counted for the tiers' limits: schools, unless the settings name other items. */
export const countedItems = ({ counted: given }: LabelSettings): CountedItems => {
  const { prefix, entityType } = given ?? { prefix: 'SCHOOL#' };
  const separator = [...prefix].at(-1) ?? '';
  return { prefix, separator, entityType: entityType ?? prefix.slice(0, -separator.length) };
};

/** Returns a number of counted items in words: `15 schools`. */
export const countedText = (n: number, { counted: given }: LabelSettings): string =>
  given ? counted(n, given.label, given.labels) : counted(n, 'school');

/** Returns what one counted item is called: `school`. */
export const countedLabel = ({ counted: given }: LabelSettings): string => given?.label ?? 'school';

/** Returns what several counted items are called: `schools`. */
export const countedLabels = ({ counted: given }: LabelSettings): string =>
  given ? (given.labels ?? `${given.label}s`) : 'schools';
