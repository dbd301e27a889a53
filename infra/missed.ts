import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Where what was given up waits for a person, as long as SQS keeps it. [SQS quotas: 14 days] */
export const missedQueue = (scope: Construct): Queue =>
  new Queue(scope, 'Missed', {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
