import { type Body, bodyOf, isDone, recordIn, type Send } from '../call.ts';
import { tableNotFound } from '../service-exception.ts';

/** Describes a table. @throws ServiceException `TableNotFoundException`, the name that backup operations use. */
export const existingTable = async (table: string, send: Send): Promise<Body> => {
  const answer = await send({ operation: 'DescribeTable', body: { TableName: table } });
  if (!isDone(answer)) throw tableNotFound(table);
  return recordIn(bodyOf(answer), 'Table');
};
