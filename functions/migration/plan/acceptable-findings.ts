/**
 * Codes of blockers that are warnings if the deployment accepts them: the move itself works, and what depends on the source
 * table needs a person's decision.
 */
export const ACCEPTABLE_FINDINGS = [
  'source-index-missing',
  'local-index',
  'vector-index',
  'replicas',
  'kinesis-destination',
  'resource-policy',
  'zero-etl',
] as const;
