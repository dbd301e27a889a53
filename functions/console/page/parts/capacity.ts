import type { TableRow } from '../api/schema.ts';
import { count, counted } from './formats.ts';

type Capacity = TableRow['capacity'];

/** `4,000 read and 1,000 write units/s` */
const unitsWords = (read: number | null, write: number | null): string =>
  [
    ...(read === null ? [] : [`${count(read)} read`]),
    ...(write === null ? [] : [`${count(write)} write`]),
  ].join(' and ');

/** Says what capacity a table has. It is how the table is configured, and not what is used of it. */
export const capacityWords = (capacity: Capacity): string => {
  if (capacity === null) return 'Capacity not known';
  const { mode, read, write } = capacity;
  const units = unitsWords(read, write);
  if (mode === 'provisioned') return `Provisioned: ${units} units/s`;
  return units === '' ? 'On demand' : `On demand, at most ${units} units/s`;
};

/** Says what the limits of migrations allow them to use of a table; undefined if no migration works on it. */
export const useWords = ({ migrations, read, write }: TableRow['use']): string | undefined => {
  if (migrations === 0) return undefined;
  const writes = write === null ? 'write without a limit' : `write ${count(write)} units/s`;
  return `${counted(migrations, 'migration')} may read ${count(read)} and ${writes}`;
};

/**
 * True if the limits of migrations exceed what the table has, so that they may take capacity from its tenants. Having no
 * write limit is the default, and says nothing about a table.
 */
export const isOvercommitted = ({ capacity, use }: Pick<TableRow, 'capacity' | 'use'>): boolean => {
  if (capacity === null || use.migrations === 0) return false;
  const exceeds = (may: number | null, has: number | null) => has !== null && may !== null && may > has;
  return exceeds(use.read, capacity.read) || exceeds(use.write, capacity.write);
};
