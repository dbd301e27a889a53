import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { readerName, STREAM_READER } from '../functions/aws/stream-mappings.ts';
import type { Settings } from '../functions/migration/settings/settings.ts';
import { bundleOf } from './bundles.ts';
import { grantStreamReaders } from './reading-streams.ts';
import { type Access, type Action, permissionsOf } from './step-permissions.ts';
import { grantTables, type TableKeys } from './table-access.ts';
import { ITEM_READS, ITEM_WRITES, rolePath } from './tenant-roles.ts';

/** Placeholder for the code of a function that is never run, in a test or a stack that is not deployed. */
const HANDLERS = fileURLToPath(new URL('../functions/handlers', import.meta.url));
/** Maximum size of a function's environment variables, in bytes. [Lambda quotas] */
const ENVIRONMENT_BYTES = 4_096;

/** The parts that all functions of a deployment share. */
export interface FunctionParts {
  readonly settings: Settings;
  readonly keys: TableKeys;
  readonly log: ILogGroup;
}

/** The Lambda function of one handler, and a role with the permissions that the handler needs. */
export class HandlerFunction extends Construct {
  readonly function: LambdaFunction;
  /** ARN of this version of the code, with which an execution continues whatever is deployed later. */
  readonly versionArn: string;

  constructor(
    scope: Construct,
    state: string,
    { settings, keys, log }: FunctionParts,
    environment: Readonly<Record<string, string>> = {},
  ) {
    super(scope, state);
    const { seconds, memory, access, readsAutoScaling, streamReaders, concurrency } = permissionsOf(state);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      path: rolePath(settings),
    });
    log.grantWrite(role);
    const { direct, tenantRole } = withTenantRole(access, keys);
    grantTables(this, role, settings, keys, direct);
    if (tenantRole !== undefined)
      role.addToPolicy(
        new PolicyStatement({ actions: ['sts:AssumeRole', 'sts:TagSession'], resources: [tenantRole] }),
      );
    const isReader = state === STREAM_READER;
    this.function = new LambdaFunction(this, 'Function', {
      ...(isReader ? { functionName: readerName(settings) } : {}),
      description: `Tierferry: ${state}`,
      code: Code.fromAsset(Stack.of(this).bundlingRequired ? bundleOf(state) : HANDLERS),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: Duration.seconds(seconds),
      memorySize: memory,
      environment: {
        TIERFERRY_SETTINGS: settingsText(settings, environment),
        TIERFERRY_METRICS: 'embedded',
        TIERFERRY_HANDLER: state,
        NODE_OPTIONS: '--enable-source-maps',
        ...(tenantRole === undefined ? {} : { TIERFERRY_TENANT_ROLE_ARN: tenantRole }),
        ...environment,
      },
      role,
      logGroup: log,
      // called for every write of every tenant, so traces at X-Ray's default sampling would cost more than the calls
      tracing: isReader ? Tracing.PASS_THROUGH : Tracing.ACTIVE,
      ...(concurrency === undefined ? {} : { reservedConcurrentExecutions: concurrency }),
      // Keeps old versions, since the hold of an execution may outlast several deployments. A version of a failed deployment
      // is deleted, since the next deployment could not publish the same version again.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
    this.versionArn = this.function.currentVersion.functionArn;
    if (readsAutoScaling) this.function.addToRolePolicy(grantAutoScalingReads());
    if (streamReaders) grantStreamReaders(this, this.function, settings, streamReaders);
  }
}

/**
 * Allows the reads of Application Auto Scaling, which support no resources. [Service Authorization Reference, Application
 * Auto Scaling]
 */
const grantAutoScalingReads = (): PolicyStatement =>
  new PolicyStatement({
    actions: ['ScalableTargets', 'ScalingPolicies'].map((what) => `application-autoscaling:Describe${what}`),
    resources: ['*'],
  });

/** Splits permissions into those of the function itself, and the role by which it reaches items of one tenant at a time. */
const withTenantRole = (
  access: Access,
  keys: TableKeys,
): { readonly direct: Access; readonly tenantRole: string | undefined } => {
  const { tierTables = [], tierTableIndexes: _, ...ours } = access;
  const allows = (some: readonly Action[]) => tierTables.some((action) => some.includes(action));
  const isItemAction = (action: Action) => [...ITEM_READS, ...ITEM_WRITES].some((one) => one === action);
  const tenantRole = allows(ITEM_WRITES)
    ? keys.tenantWriter
    : allows(ITEM_READS)
      ? keys.tenantReader
      : undefined;
  return { direct: { ...ours, tierTables: tierTables.filter((one) => !isItemAction(one)) }, tenantRole };
};

/** @throws Error if the settings leave too little room for the other variables, of which ARNs are not known yet. */
const settingsText = (settings: Settings, others: Readonly<Record<string, string>>): string => {
  const text = JSON.stringify(settings);
  const known = Object.values(others).filter((value) => !Token.isUnresolved(value));
  const bytes = Buffer.byteLength(text + known.join(''));
  if (bytes > ENVIRONMENT_BYTES * 0.9) {
    throw new Error(
      `the settings are too large: ${bytes} bytes, and a function's environment holds ${ENVIRONMENT_BYTES}. Nothing was synthesised. Shorten them.`,
    );
  }
  return text;
};
