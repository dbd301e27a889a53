import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { readerName, STREAM_READERS } from '../functions/aws/stream-mappings.ts';
import type { Settings } from '../functions/migration/settings.ts';
import { bundleOf } from './bundles.ts';
import { useStreamReaders } from './reading-streams.ts';
import { type Access, type Action, needsOf } from './stage-needs.ts';
import { grantTables, type TableKeys } from './table-access.ts';
import { ITEM_READS, ITEM_WRITES, rolePath } from './tenant-roles.ts';

/** Stands for the code where nobody will run it: in a test, or for a stack that is not deployed. */
const HANDLERS = fileURLToPath(new URL('../functions/handlers', import.meta.url));
/** Bytes of all of a function's environment variables. [Lambda quotas] */
const ENVIRONMENT_BYTES = 4_096;

/** The Lambda of one handler, its log and its role, which may do what that handler needs. */
export class StageFunction extends Construct {
  readonly function: LambdaFunction;
  /** ARN of the code as it is now: an execution that has begun goes on with it, whatever is deployed meanwhile. */
  readonly versionArn: string;

  constructor(
    scope: Construct,
    state: string,
    settings: Settings,
    keys: TableKeys,
    environment: Readonly<Record<string, string>> = {},
  ) {
    super(scope, state);
    const { seconds, memory, access, readsAutoScaling, streamReaders, concurrency } = needsOf(state);
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.ONE_YEAR });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      path: rolePath(settings),
    });
    logGroup.grantWrite(role);
    const { direct, tenantRole } = withTenantRole(access, keys);
    grantTables(this, role, settings, keys, direct);
    if (tenantRole !== undefined)
      role.addToPolicy(
        new PolicyStatement({ actions: ['sts:AssumeRole', 'sts:TagSession'], resources: [tenantRole] }),
      );
    const reader = STREAM_READERS.find((one) => one === state);
    this.function = new LambdaFunction(this, 'Function', {
      ...(reader ? { functionName: readerName(settings, reader) } : {}),
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
        NODE_OPTIONS: '--enable-source-maps',
        ...(tenantRole === undefined ? {} : { TIERFERRY_TENANT_ROLE_ARN: tenantRole }),
        ...environment,
      },
      role,
      logGroup,
      // called for every write of every tenant: at X-Ray's default sampling its traces would cost more than its calls
      tracing: reader === 'CaptureChanges' ? Tracing.PASS_THROUGH : Tracing.ACTIVE,
      ...(concurrency === undefined ? {} : { reservedConcurrentExecutions: concurrency }),
      // an execution lives as long as its hold, which outlives a deployment or two; what a failed deployment has published
      // goes with it, or the next could not publish the same again
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    });
    this.versionArn = this.function.currentVersion.functionArn;
    if (readsAutoScaling) this.function.addToRolePolicy(readAutoScaling());
    if (streamReaders) useStreamReaders(this, this.function, settings, streamReaders);
  }
}

/** Neither action takes a resource. [Service Authorization Reference, Application Auto Scaling] */
const readAutoScaling = (): PolicyStatement =>
  new PolicyStatement({
    actions: ['ScalableTargets', 'ScalingPolicies'].map((what) => `application-autoscaling:Describe${what}`),
    resources: ['*'],
  });

/** What a function does to tables itself, and the role with which it reaches items of one tenant at a time. */
const withTenantRole = (
  access: Access,
  keys: TableKeys,
): { readonly direct: Access; readonly tenantRole: string | undefined } => {
  const { tierTables = [], tierTableIndexes: _, ...ours } = access;
  const does = (some: readonly Action[]) => tierTables.some((action) => some.includes(action));
  const isOfItems = (action: Action) => [...ITEM_READS, ...ITEM_WRITES].some((one) => one === action);
  const tenantRole = does(ITEM_WRITES) ? keys.tenantWriter : does(ITEM_READS) ? keys.tenantReader : undefined;
  return { direct: { ...ours, tierTables: tierTables.filter((one) => !isOfItems(one)) }, tenantRole };
};

/** @throws Error if the settings leave too little room for the other variables, of which ARNs are not known yet. */
const settingsText = (settings: Settings, others: Readonly<Record<string, string>>): string => {
  const text = JSON.stringify(settings);
  const known = Object.values(others).filter((value) => !Token.isUnresolved(value));
  const bytes = Buffer.byteLength(text + known.join(''));
  if (bytes > ENVIRONMENT_BYTES * 0.9) {
    throw new Error(`the settings take ${bytes} bytes; a function's environment holds ${ENVIRONMENT_BYTES}`);
  }
  return text;
};
