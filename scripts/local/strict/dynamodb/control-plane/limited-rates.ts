import type { Rule } from '../call.ts';
import type { DynamoDbSettings } from '../dynamodb-settings.ts';
import { ServiceException } from '../service-exception.ts';
import { TokenBucket } from '../throughput/token-bucket.ts';

/**
 * Throttles operations of the control plane by rate. [API reference of each operation; Best practices for managing the
 * control plane]
 */
export const limitedRates = (
  { callsPerSecond, callPeriodMs }: Pick<DynamoDbSettings, 'callsPerSecond' | 'callPeriodMs'>,
  now: () => number,
): Rule => {
  const buckets = new Map(
    Object.entries(callsPerSecond).map(([operation, calls]) => [
      operation,
      // a bucket is filled per second, whatever the period
      new TokenBucket({ perSecond: (calls * 1_000) / callPeriodMs, most: calls }, now),
    ]),
  );
  return async (call, send) => {
    const bucket = buckets.get(call.operation);
    if (bucket && !bucket.has(1)) throw new ServiceException('ThrottlingException', 'Rate exceeded');
    bucket?.take(1);
    return send(call);
  };
};
