/**
 * On-demand prices of us-east-1 in USD. The table is dated, so that a reader knows its age. A deployment in another
 * region overrides it in its settings. Source: AWS's public pricing pages, by way of secondary sources.
 */
export const PRICES = {
  asOf: '2025-12',
  perMillionWriteUnits: 0.625,
  perMillionReadUnits: 0.125,
  perThousandStateTransitions: 0.025,
  perMillionLambdaRequests: 0.2,
  /** arm64 */
  perLambdaGbSecond: 0.0000133334,
} as const;
