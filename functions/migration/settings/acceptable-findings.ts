/**
 * Codes of blockers that become warnings if the deployment accepts them. The move itself works, but an operator has to
 * decide about what depends on the source table.
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
