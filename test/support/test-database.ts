import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { StackOptions } from '../../scripts/local/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Endpoint of the run's DynamoDB Local; empty if this machine has no Java. */
    readonly dynamodb: string;
  }
}

/**
 * A new, empty database in the engine that the whole run shares: DynamoDB Local keeps one per access key. If this
 * machine has no Java, nothing is returned, and a stack starts a native engine for itself.
 */
export const testDatabase = (): Pick<StackOptions, 'dynamodbEndpoint' | 'accessKeyId'> => {
  const dynamodbEndpoint = inject('dynamodb');
  if (dynamodbEndpoint === undefined)
    throw new Error(
      'This test needs an engine: list its file in a project of vitest.config.ts that starts one.',
    );
  if (dynamodbEndpoint === '') return {};
  return { dynamodbEndpoint, accessKeyId: randomUUID().replaceAll('-', '') };
};
