import { type Body, bodyOf, isDone, recordIn, type Send } from '../call.ts';
import { tableNotFound } from '../refusal.ts';

/** @returns the description of a table. @throws Refusal `TableNotFoundException`, as the backup family names it. */
export const existingTable = async (table: string, send: Send): Promise<Body> => {
  const answer = await send({ operation: 'DescribeTable', body: { TableName: table } });
  if (!isDone(answer)) throw tableNotFound(table);
  return recordIn(bodyOf(answer), 'Table');
};
