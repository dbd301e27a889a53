import { InvalidRequest } from '../errors.ts';
import type { Migration } from '../migration.ts';
import type { Ports } from '../ports.ts';
import { limitRefusal } from '../record/refusals.ts';
import type { AuditNote } from './audit-note.ts';
import { changeByOperator } from './control-migration.ts';

/** Limits of a migration, in capacity units a second for all its workers together; `none` removes a limit. */
export interface Limits {
  /** Write units a second in the target. */
  readonly write?: number | 'none';
  /** Read units a second in each table. Without it the deployment's setting applies. */
  readonly read?: number | 'none';
}

/** Changes the migration's limits from now on. An absent limit is not changed. @throws InvalidRequest, NotSafe */
export const limitMigration = async (
  ports: Ports,
  id: string,
  { write, read }: Limits,
  note: AuditNote,
): Promise<Migration> => {
  if (write === undefined && read === undefined)
    throw new InvalidRequest(
      'no limit was given. Nothing was changed. Give a read limit, a write limit or both',
    );
  checkLimit('write', write);
  checkLimit('read', read);
  const what = [
    write === undefined ? [] : limitText('write', write),
    read === undefined ? [] : limitText('read', read),
  ];
  return changeByOperator(ports, id, note, what.flat().join(', '), limitRefusal, () =>
    changeOf({ write, read }),
  );
};

/** Returns the change of the record. A limit of `none` is removed. */
const changeOf = ({ write, read }: Limits): LimitChange => {
  const change: LimitChange = {};
  if (write !== undefined) change.writeUnitsPerSecond = write === 'none' ? undefined : write;
  if (read !== undefined) change.readUnitsPerSecond = read === 'none' ? undefined : read;
  return change;
};

interface LimitChange {
  writeUnitsPerSecond?: number | undefined;
  readUnitsPerSecond?: number | undefined;
}

/** @throws InvalidRequest if a limit is below 1 unit a second. */
const checkLimit = (kind: 'read' | 'write', limit: number | 'none' | undefined): void => {
  if (limit === undefined || limit === 'none') return;
  if (!(Number.isFinite(limit) && limit >= 1))
    throw new InvalidRequest(
      `a limit must be at least 1 ${kind} unit a second, not ${limit}. Nothing was changed`,
    );
};

const limitText = (kind: 'read' | 'write', limit: number | 'none'): string =>
  limit === 'none' ? `no ${kind} limit` : `limited to ${limit} ${kind} units a second`;
