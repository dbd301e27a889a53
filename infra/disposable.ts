import { CfnDeletionPolicy, CfnResource, type IAspect } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';

/** Days until a key is deleted; the minimum of KMS. [KMS API reference, ScheduleKeyDeletion] */
const KEY_DELETION_DAYS = 7;

/**
 * Makes all resources be deleted with their stack: tables, their key, logs, versions. Only for a deployment with made-up
 * data; a real deployment keeps its tables when its stack is deleted.
 */
export class Disposable implements IAspect {
  visit(node: IConstruct): void {
    if (!(node instanceof CfnResource)) return;
    node.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
    node.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
    if (node instanceof CfnTable) node.deletionProtectionEnabled = false;
    if (node instanceof CfnKey) node.pendingWindowInDays = KEY_DELETION_DAYS;
  }
}
