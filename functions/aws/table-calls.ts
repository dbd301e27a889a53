import type { TableName } from '../migration/names.ts';
import { nameOf, translateTableChange } from './errors.ts';

/** Sends an operation on a table as a whole. @throws what `translateTableChange` makes of its errors */
export const tableCall = async <T>(table: TableName, send: () => Promise<T>): Promise<T> => {
  try {
    return await send();
  } catch (error) {
    throw translateTableChange(error, { table });
  }
};

/** The same. @returns undefined if the engine has no such operation: DynamoDB Local has no backups of any kind. */
export const orUnknown = async <T>(table: TableName, send: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await tableCall(table, send);
  } catch (error) {
    if (nameOf(error) === 'UnknownOperationException') return undefined;
    throw error;
  }
};
