import type { Body } from '../call.ts';
import { ServiceException } from '../service-exception.ts';
import type { TableDesign } from './table-design.ts';

/** The reason for throttling a call, for `ThrottlingReason` of the SDK's model. */
export interface Throttle {
  readonly design: TableDesign;
  readonly kind: 'reads' | 'writes';
  /** Absent if the table's own partition is throttled. */
  readonly index?: string | undefined;
}

const PROVISIONED =
  'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.';
const ON_DEMAND =
  'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. If exceptions persist, check if you have a hot key.';

/** [ThrottlingReason; Diagnosing throttling] */
const reasonOf = ({ design, kind, index }: Throttle): Body => ({
  reason: `${index === undefined ? 'Table' : 'Index'}${kind === 'reads' ? 'Read' : 'Write'}KeyRangeThroughputExceeded`,
  resource: index === undefined ? design.arn : `${design.arn}/index/${index}`,
});

/**
 * Returns the error of a throttled call. Its two forms spell the field of the reasons differently. [ThrottlingException,
 * ProvisionedThroughputExceededException]
 */
export const throttled = (throttle: Throttle): ServiceException =>
  throttle.design.isOnDemand
    ? new ServiceException('ThrottlingException', ON_DEMAND, { throttlingReasons: [reasonOf(throttle)] })
    : new ServiceException('ProvisionedThroughputExceededException', PROVISIONED, {
        ThrottlingReasons: [reasonOf(throttle)],
      });

/**
 * Returns the error of a throttled part of a transaction or batch of statements. [TransactionCanceledException;
 * BatchStatementError]
 */
export const throttledPart = ({ design }: Throttle): { readonly Code: string; readonly Message: string } =>
  design.isOnDemand
    ? { Code: 'ThrottlingError', Message: ON_DEMAND }
    : { Code: 'ProvisionedThroughputExceeded', Message: PROVISIONED };
