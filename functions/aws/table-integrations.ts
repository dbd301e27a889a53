import {
  DescribeKinesisStreamingDestinationCommand,
  type DynamoDBClient,
  GetResourcePolicyCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { TableNotFound } from '../migration/errors.ts';
import type { TableName } from '../migration/names.ts';
import type { TableIntegrations } from '../migration/provision/tables-port.ts';
import { nameOf, translateError } from './errors.ts';
import { jsonText } from './parsing.ts';

/** States in which a destination gets no changes, and will get none. [API reference, KinesisDataStreamDestination] */
const OFF = new Set(['DISABLED', 'DISABLING', 'ENABLE_FAILED']);
/** Errors if the engine does not support the operation, or if there is no policy. [API reference, GetResourcePolicy] */
const NO_INTEGRATIONS = new Set(['UnknownOperationException', 'PolicyNotFoundException']);

const oneOrMore = z.union([z.string(), z.array(z.string())]);
const statement = z.object({ Effect: z.string(), Principal: z.unknown().optional() });
const Policy = jsonText.pipe(z.object({ Statement: z.union([statement, z.array(statement)]) }));
const Services = z.object({ Service: oneOrMore });

/**
 * Reads the integrations of a table. Zero-ETL integrations of Redshift and Glue are visible only in its policy. A pipeline of
 * OpenSearch reads the stream and is not visible at all.
 * @param tableArn absent on an engine whose tables have no ARN.
 * @returns undefined if the table does not exist.
 */
export const integrationsOf = async (
  client: DynamoDBClient,
  table: TableName,
  tableArn: string | undefined,
): Promise<TableIntegrations | undefined> => {
  const orNoIntegrations = async <T>(send: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await send();
    } catch (error) {
      if (NO_INTEGRATIONS.has(nameOf(error))) return undefined;
      throw translateError(error, { table });
    }
  };
  try {
    const kinesis = await orNoIntegrations(() =>
      client.send(new DescribeKinesisStreamingDestinationCommand({ TableName: table })),
    );
    const found =
      tableArn === undefined
        ? undefined
        : await orNoIntegrations(() => client.send(new GetResourcePolicyCommand({ ResourceArn: tableArn })));
    return {
      kinesisStreams: (kinesis?.KinesisDataStreamDestinations ?? []).flatMap(
        ({ StreamArn, DestinationStatus = '' }) =>
          StreamArn === undefined || OFF.has(DestinationStatus) ? [] : [StreamArn],
      ),
      policy: found?.Policy === undefined ? undefined : { services: servicesIn(found.Policy) },
    };
  } catch (error) {
    if (error instanceof TableNotFound) return undefined;
    throw error;
  }
};

/** Returns the services that a policy allows; none if the policy cannot be parsed, which still counts as a policy. */
const servicesIn = (policy: string): string[] => {
  const parsed = Policy.safeParse(policy);
  const services = [parsed.data?.Statement ?? []].flat().flatMap(({ Effect, Principal }) => {
    const named = Services.safeParse(Principal);
    return Effect === 'Allow' && named.success ? [named.data.Service].flat() : [];
  });
  return [...new Set(services)].sort();
};
