/** An error that a command gives by its name, such as one of DynamoDB. */
export class GivenError extends Error {
  constructor(name: string) {
    super(name);
    this.name = name;
  }
}

const FACTS = ['retryable', 'succeeded', 'retryAfterMs', 'waitedMs', 'protocol'] as const;

/** Returns an error as fields of the event `failed`: its name, its message, and the facts that it has. */
export const factsOf = (error: unknown): { error: string; message: string } & Record<string, unknown> => {
  if (!(error instanceof Error)) return { error: typeof error, message: String(error) };
  const facts = FACTS.flatMap((name) => (name in error ? [[name, Reflect.get(error, name)]] : []));
  return { error: error.name, message: error.message, ...Object.fromEntries(facts) };
};
