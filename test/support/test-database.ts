import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { StackOptions } from '../../scripts/local/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Endpoint of the test run's DynamoDB Local; empty if this machine has no Java. */
    readonly dynamodb: string;
  }
}

/** Returns an access key whose database in the engine is empty. */
export const newAccessKey = (): string => randomUUID().replaceAll('-', '');

/**
 * Returns settings for a new, empty database in the engine that the whole test run shares: DynamoDB Local keeps one per access
 * key. Without Java it returns no settings, and a stack starts a native engine of its own.
 */
export const testDatabase = (): Pick<StackOptions, 'dynamodbEndpoint' | 'accessKeyId'> => {
  const dynamodbEndpoint = inject('dynamodb');
  if (dynamodbEndpoint === undefined)
    throw new Error(
      'This test needs an engine: list its file in a project of vitest.config.ts that starts one.',
    );
  if (dynamodbEndpoint === '') return {};
  return { dynamodbEndpoint, accessKeyId: newAccessKey() };
};
