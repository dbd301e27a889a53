import type { TableName } from '../migration/names.ts';
import { nameOf, translateTableChange } from './errors.ts';

/** Sends an operation on a table as a whole. @throws the errors of `translateTableChange` */
export const tableCall = async <T>(table: TableName, send: () => Promise<T>): Promise<T> => {
  try {
    return await send();
  } catch (error) {
    throw translateTableChange(error, { table });
  }
};

/** Does the same. @returns undefined if the engine does not support the operation: DynamoDB Local has no backups of any kind */
export const orUnknownOutcome = async <T>(
  table: TableName,
  send: () => Promise<T>,
): Promise<T | undefined> => {
  try {
    return await tableCall(table, send);
  } catch (error) {
    if (nameOf(error) === 'UnknownOperationException') return undefined;
    throw error;
  }
};
