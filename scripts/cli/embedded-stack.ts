/** True if DynamoDB is reached at this machine: the embedded stack, or an engine that a developer has started. */
export const isEmbeddedStack = ({ AWS_ENDPOINT_URL_DYNAMODB: endpoint }: NodeJS.ProcessEnv): boolean =>
  endpoint !== undefined && URL.canParse(endpoint) && isLoopback(new URL(endpoint).hostname);

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host.startsWith('127.');
