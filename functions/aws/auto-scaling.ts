import {
  type ApplicationAutoScalingClient,
  paginateDescribeScalableTargets,
  paginateDescribeScalingPolicies,
  type ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import type { TableName } from '../migration/names.ts';
import type { ScaledCapacity } from '../migration/provision/tables-port.ts';
import { nameOf, translateError } from './errors.ts';

/** [Application Auto Scaling API reference, DescribeScalableTargets] */
const ServiceNamespace = 'dynamodb';
/** Maximum number of resources per call. [Application Auto Scaling API reference, DescribeScalableTargets: ResourceIds] */
const RESOURCES = 50;
const DIMENSIONS: Readonly<Record<string, ScaledCapacity['dimension']>> = {
  'dynamodb:table:ReadCapacityUnits': 'read',
  'dynamodb:index:ReadCapacityUnits': 'read',
  'dynamodb:table:WriteCapacityUnits': 'write',
  'dynamodb:index:WriteCapacityUnits': 'write',
};

/**
 * Returns the capacity of a table and its global indexes that Application Auto Scaling changes; DynamoDB does not show it.
 * @throws Throttled, Unavailable
 */
export const scaledCapacityOf = async (
  client: ApplicationAutoScalingClient,
  table: TableName,
  indexes: readonly string[],
): Promise<ScaledCapacity[]> => {
  const resources = [`table/${table}`, ...indexes.map((index) => `table/${table}/index/${index}`)];
  try {
    const targets: ScalableTarget[] = [];
    for (let n = 0; n < resources.length; n += RESOURCES) {
      const ResourceIds = resources.slice(n, n + RESOURCES);
      for await (const page of paginateDescribeScalableTargets({ client }, { ServiceNamespace, ResourceIds }))
        targets.push(...(page.ScalableTargets ?? []));
    }
    const scaled: ScaledCapacity[] = [];
    for (const target of targets) {
      const dimension = DIMENSIONS[target.ScalableDimension ?? ''];
      if (dimension === undefined) continue;
      const index = target.ResourceId?.split('/index/')[1];
      scaled.push({
        index,
        dimension,
        least: target.MinCapacity ?? 0,
        most: target.MaxCapacity ?? 0,
        hasPolicy: await hasPolicy(client, target),
      });
    }
    return scaled.sort((a, b) => byIndexName(a).localeCompare(byIndexName(b)));
  } catch (error) {
    throw translateError(error);
  }
};

const byIndexName = ({ index = '', dimension }: ScaledCapacity): string => `${index}/${dimension}`;

/** True if the target has a policy; without one it is changed by scheduled actions, or not at all. */
const hasPolicy = async (
  client: ApplicationAutoScalingClient,
  { ResourceId, ScalableDimension }: ScalableTarget,
): Promise<boolean> => {
  try {
    const input = { ServiceNamespace, ResourceId, ScalableDimension } as const;
    for await (const { ScalingPolicies = [] } of paginateDescribeScalingPolicies({ client }, input))
      if (ScalingPolicies.length > 0) return true;
    return false;
  } catch (error) {
    // there is a policy whose alarms cannot be read
    if (nameOf(error) === 'FailedResourceAccessException') return true;
    throw error;
  }
};
