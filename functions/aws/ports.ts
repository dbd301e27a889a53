import { randomUUID } from 'node:crypto';
import {
  ApplicationAutoScalingClient,
  type ApplicationAutoScalingClientConfig,
} from '@aws-sdk/client-application-auto-scaling';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClientConfig } from '@aws-sdk/client-eventbridge';
import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { SFNClientConfig } from '@aws-sdk/client-sfn';
import type { STSClientConfig } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { layoutOf } from '../migration/items/key-layout.ts';
import type { Log } from '../migration/log-port.ts';
import type { Metrics } from '../migration/metrics-port.ts';
import type { Ports } from '../migration/ports.ts';
import { controlTables, parseSettings, type Settings } from '../migration/settings/settings.ts';
import { admissionsIn } from './admissions.ts';
import { appliersIn } from './applier-claims.ts';
import { dynamoClient, TIMEOUTS } from './client.ts';
import { systemClock } from './clock.ts';
import { controlRecordsIn } from './control-records.ts';
import { eventsOn, NO_EVENT_BUS } from './events.ts';
import { requestsIn } from './idempotent-requests.ts';
import { journalIn } from './journal.ts';
import { createLog } from './log.ts';
import { embeddedMetrics, NO_METRICS } from './metrics.ts';
import { migrationsIn } from './migrations.ts';
import { writeLimitsIn } from './paces.ts';
import { numberIn } from './parsing.ts';
import { countingThrottles, partitionOf } from './partition.ts';
import { Records } from './records.ts';
import { registryIn } from './registry.ts';
import { reportDamage } from './report-damage.ts';
import { routesIn } from './routes.ts';
import { NO_SCHOOL_COUNTS, schoolCountsBy } from './school-counts.ts';
import { segmentsIn } from './segments.ts';
import { polledStreamsIn, streamReadersIn } from './stream-readers.ts';
import { sweepsIn } from './sweeps.ts';
import { tablesIn } from './tables.ts';
import { type TenantClients, tenantScopedClients } from './tenant-clients.ts';
import { workflowIn } from './workflow.ts';

export interface PortsOptions {
  /** Endpoint, region and credentials; absent for the SDK's own configuration. */
  readonly dynamodb?: DynamoDBClientConfig;
  readonly sfn?: SFNClientConfig;
  readonly eventBridge?: EventBridgeClientConfig;
  /** Name or ARN of the bus for events; absent to publish none. */
  readonly eventBus?: string | undefined;
  readonly lambda?: LambdaClientConfig;
  readonly sts?: STSClientConfig;
  /** Absent on one machine, which has no such service. */
  readonly autoScaling?: ApplicationAutoScalingClientConfig | undefined;
  /** ARN of the role for tenants' items, which reaches one tenant at a time; absent to use the present credentials. */
  readonly tenantRoleArn?: string | undefined;
  /** `mapped` if Lambda's event source mappings read the streams; absent if a poller reads all of them. */
  readonly streams?: 'mapped' | undefined;
  /** Name of the function that counts schools; absent to request no counts. */
  readonly schoolCounter?: string | undefined;
  readonly stateMachineArn?: string | undefined;
  readonly rollbackStateMachineArn?: string | undefined;
  readonly log?: Log;
  readonly metrics?: Metrics;
}

/** Builds the ports on AWS services. */
export const createPorts = (settings: Settings, options: PortsOptions = {}): Ports => {
  const { dynamodb = {}, sfn = {}, eventBridge = {}, lambda = {}, eventBus } = options;
  const { log = createLog(), metrics = NO_METRICS, schoolCounter } = options;
  const clientOf = tenantClients(options);
  const recordsClient = dynamoClient(dynamodb, 'records');
  const documents = DynamoDBDocumentClient.from(recordsClient, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: numberIn },
  });
  const records = new Records(documents, systemClock, Math.random, (damage) =>
    reportDamage({ log, metrics }, damage),
  );
  const tables = controlTables(settings);
  const layout = layoutOf(settings);
  return {
    settings,
    partition: (tenantId) =>
      countingThrottles(partitionOf(clientOf(tenantId), tenantId, layout), tenantId, metrics),
    tables: tablesIn(recordsClient, autoScalingClient(options), layout),
    streamReaders:
      options.streams === 'mapped'
        ? streamReadersIn(recordsClient, lambda, settings, log)
        : polledStreamsIn(recordsClient),
    migrations: migrationsIn(records, tables, systemClock),
    segments: segmentsIn(records, tables.migrations, systemClock),
    registry: registryIn(records, tables, systemClock),
    routes: routesIn(records, tables.routes),
    journal: journalIn(records, tables.journal, randomUUID),
    appliers: appliersIn(records, tables.migrations),
    paces: writeLimitsIn(records, tables.migrations),
    admissions: admissionsIn(records, tables.migrations),
    schoolCounts: schoolCounter === undefined ? NO_SCHOOL_COUNTS : schoolCountsBy(lambda, schoolCounter),
    sweeps: sweepsIn(records, tables.migrations),
    requests: requestsIn(records, tables.migrations),
    control: controlRecordsIn(records, tables),
    workflow: workflowIn(sfn, {
      migration: options.stateMachineArn,
      rollback: options.rollbackStateMachineArn,
    }),
    events: eventBus === undefined ? NO_EVENT_BUS : eventsOn(eventBridge, eventBus, settings, systemClock),
    clock: systemClock,
    newId: randomUUID,
    random: Math.random,
    log,
    metrics,
  };
};

const autoScalingClient = ({ autoScaling }: PortsOptions): ApplicationAutoScalingClient | undefined =>
  autoScaling && new ApplicationAutoScalingClient({ requestHandler: TIMEOUTS, ...autoScaling });

const tenantClients = ({ dynamodb = {}, sts = {}, tenantRoleArn }: PortsOptions): TenantClients => {
  if (tenantRoleArn !== undefined) return tenantScopedClients(dynamodb, sts, tenantRoleArn, SESSION);
  const client = dynamoClient(dynamodb, 'items');
  return () => client;
};

/** Session name shown in CloudTrail. */
const SESSION = 'tierferry';

const Environment = z.object({
  TIERFERRY_SETTINGS: z.string().default('{}'),
  TIERFERRY_STATE_MACHINE_ARN: z.string().optional(),
  TIERFERRY_ROLLBACK_STATE_MACHINE_ARN: z.string().optional(),
  TIERFERRY_EVENT_BUS: z.string().optional(),
  TIERFERRY_STREAMS: z.enum(['mapped']).optional(),
  TIERFERRY_SCHOOL_COUNTER: z.string().optional(),
  TIERFERRY_TENANT_ROLE_ARN: z.string().optional(),
  TIERFERRY_METRICS: z.enum(['embedded']).optional(),
  TIERFERRY_HANDLER: z.string().optional(),
  TIERFERRY_LOG: z.enum(['info', 'warn', 'silent']).optional(),
  AWS_ENDPOINT_URL_DYNAMODB: z.string().optional(),
  AWS_ENDPOINT_URL_SFN: z.string().optional(),
  AWS_ENDPOINT_URL_EVENTBRIDGE: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
});

/**
 * Builds the ports from environment variables. Anything unset falls back to the SDK's defaults (profile, the function's role).
 * @throws z.ZodError if the settings are invalid. @throws SyntaxError if they are not JSON.
 */
export const portsFromEnv = (env: NodeJS.ProcessEnv = process.env): Ports => {
  const given = Environment.parse(env);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = given;
  const sessionToken = given.AWS_SESSION_TOKEN;
  const common = {
    region: given.AWS_REGION || undefined,
    credentials:
      accessKeyId && secretAccessKey
        ? { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined }
        : undefined,
  };
  const settings = parseSettings(JSON.parse(given.TIERFERRY_SETTINGS));
  return createPorts(settings, {
    dynamodb: { ...common, ...endpoint(given.AWS_ENDPOINT_URL_DYNAMODB) },
    sfn: { ...common, ...endpoint(given.AWS_ENDPOINT_URL_SFN) },
    eventBridge: { ...common, ...endpoint(given.AWS_ENDPOINT_URL_EVENTBRIDGE) },
    eventBus: given.TIERFERRY_EVENT_BUS,
    lambda: common,
    sts: common,
    // an embedded engine has no scaled tables
    autoScaling: given.AWS_ENDPOINT_URL_DYNAMODB ? undefined : common,
    tenantRoleArn: given.TIERFERRY_TENANT_ROLE_ARN,
    streams: given.TIERFERRY_STREAMS,
    schoolCounter: given.TIERFERRY_SCHOOL_COUNTER,
    stateMachineArn: given.TIERFERRY_STATE_MACHINE_ARN,
    rollbackStateMachineArn: given.TIERFERRY_ROLLBACK_STATE_MACHINE_ARN,
    log: createLog(given.TIERFERRY_LOG, undefined, given.TIERFERRY_HANDLER),
    metrics: given.TIERFERRY_METRICS ? embeddedMetrics(settings, systemClock) : undefined,
  });
};

const endpoint = (url: string | undefined): { endpoint?: string } => (url ? { endpoint: url } : {});
