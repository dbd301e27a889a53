import { dynamoClient } from '../../functions/aws/client.ts';

/** Returns the service's answer to the n-th call (from 1) of an operation: an error to throw, or an output. */
export type Plant = (operation: string, call: number, input: object) => Error | object;

/** Returns a client whose calls are answered by `plant`, for behaviour that no local engine has. */
export const plantedClient = (plant: Plant) => {
  const client = dynamoClient({
    endpoint: 'http://127.0.0.1:9',
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });
  const calls: string[] = [];
  client.middlewareStack.add(
    (_next, { commandName = '' }) =>
      async ({ input }) => {
        calls.push(commandName);
        const answer = plant(commandName, calls.length, input);
        if (answer instanceof Error) throw answer;
        return { output: { ...answer, $metadata: {} }, response: {} };
      },
    { step: 'initialize', name: 'planted' },
  );
  return { client, calls };
};
