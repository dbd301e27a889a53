/**
 * Prices of us-east-1 in USD, on demand. One dated table, so that a reader knows how old a figure is; a deployment in
 * another region overrides it in its settings. Source: AWS's public pricing pages, by way of secondary sources.
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
