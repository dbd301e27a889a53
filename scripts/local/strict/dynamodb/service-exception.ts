import type { Answer, Body } from './call.ts';

/** An error of the DynamoDB API, named after its shape in the SDK's model. */
export class ServiceException extends Error {
  readonly shape: string;
  readonly members: Body;

  /** @param members fields of the shape other than its message. */
  constructor(shape: string, message: string, members: Body = {}) {
    super(message);
    this.shape = shape;
    this.members = members;
  }
}

/** [Error handling with DynamoDB, Error components] */
export const refusalAnswer = ({ shape, message, members }: ServiceException): Answer => ({
  status: 400,
  text: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${shape}`, message, ...members }),
});

export const tableInUse = (table: string, state: string): ServiceException =>
  new ServiceException(
    'ResourceInUseException',
    `Attempt to change a resource which is still in use: Table is being ${state}: ${table}`,
  );

/**
 * Returns the error of backup operations for a missing table; all others use `ResourceNotFoundException`. [CreateBackup,
 * UpdateContinuousBackups: errors]
 */
export const tableNotFound = (table: string): ServiceException =>
  new ServiceException('TableNotFoundException', `Table not found: ${table}`);
