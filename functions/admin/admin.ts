// `tierferry/admin` is this file: everything that a program which operates Tierferry imports is exported here
import { portsFromEnv } from '../aws/ports.ts';
import { type ConfigInput, settingsIn } from '../migration/settings/config.ts';
import { type Admin, adminOf } from './admin-of.ts';

export {
  Conflict,
  InvalidRequest,
  MigrationNotFound,
  NoFreeSlot,
  NotSafe,
  RecordDamaged,
  StragglersFound,
  TenantAlreadyMigrating,
  TenantBeingRemoved,
  TenantHasItems,
  TenantNotFound,
  Throttled,
  TierferryError,
  Unavailable,
} from '../migration/errors.ts';
export type { MigrationRequest } from '../migration/requests/request-migration.ts';
export type { ImportedTenant, ImportOptions, ImportResult } from '../migration/tenants/import-tenants.ts';
export type { RemovalStep, ReportRemoval } from '../migration/tenants/removal-run.ts';
export type {
  Admin,
  AuditNote,
  Migration,
  MigrationStatus,
  MigrationWithExecution,
  NewTenant,
  OptionalNote,
  PreferenceChange,
  RemovalPlan,
  RemovalRequest,
  RemovedTenant,
  RetirementResult,
  Tenant,
  TierTable,
} from './admin-of.ts';

/** Credentials of AWS. */
export interface AdminCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A deployment and its connection. Absent options come from the environment, as for the command line. */
export interface AdminOptions {
  /** The deployment's settings, or its whole `tierferry.config.ts`. Default: the JSON in `TIERFERRY_SETTINGS`. */
  readonly settings?: ConfigInput;
  /** Default: `AWS_REGION`, or the SDK's own configuration. */
  readonly region?: string;
  /** Default: the SDK's own chain of providers, e.g. the role of the Lambda function. */
  readonly credentials?: AdminCredentials;
  /** Endpoint of DynamoDB, for a local stack. Default: `AWS_ENDPOINT_URL_DYNAMODB`, or AWS. */
  readonly dynamodbEndpoint?: string;
  /** Endpoint of Step Functions, for a local stack. Default: `AWS_ENDPOINT_URL_SFN`, or AWS. */
  readonly stepFunctionsEndpoint?: string;
  /** ARN of the state machine `tier-migration`, which only migrations need. Default: `TIERFERRY_STATE_MACHINE_ARN`. */
  readonly stateMachineArn?: string;
  /** ARN of the state machine `rollback`. Default: `TIERFERRY_ROLLBACK_STATE_MACHINE_ARN`. */
  readonly rollbackStateMachineArn?: string;
}

/**
 * Connects to a deployment and returns its admin functions. Sends no request. Create one per process.
 *
 * ```ts
 * const admin = connectAdmin({ settings: { prefix: 'school' } });
 * await admin.registerTenant({ tenantId: 'cedar-valley', name: 'Cedar Valley', tier: 'basic', by: 'sign-up' });
 * ```
 *
 * @throws an error of zod if the settings are not valid
 */
export const connectAdmin = (options: AdminOptions = {}): Admin => {
  const { settings, credentials } = options;
  const given: Readonly<Record<string, string | undefined>> = {
    TIERFERRY_SETTINGS: settings && JSON.stringify(settingsIn(settings)),
    TIERFERRY_STATE_MACHINE_ARN: options.stateMachineArn,
    TIERFERRY_ROLLBACK_STATE_MACHINE_ARN: options.rollbackStateMachineArn,
    AWS_REGION: options.region,
    AWS_ENDPOINT_URL_DYNAMODB: options.dynamodbEndpoint,
    AWS_ENDPOINT_URL_SFN: options.stepFunctionsEndpoint,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
  };
  const env = { ...process.env };
  for (const [name, value] of Object.entries(given)) if (value !== undefined) env[name] = value;
  // a token of the environment does not belong to other keys
  if (credentials) env.AWS_SESSION_TOKEN = credentials.sessionToken;
  return adminOf(portsFromEnv(env));
};
