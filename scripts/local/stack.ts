import { join } from 'node:path';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../functions/aws/client.ts';
import { createControlTables } from '../../functions/aws/control-tables.ts';
import { createLog } from '../../functions/aws/log.ts';
import { createPorts } from '../../functions/aws/ports.ts';
import type { StepHandler } from '../../functions/aws/step.ts';
import type { Log } from '../../functions/migration/log-port.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { controlTables, parseSettings, type Settings } from '../../functions/migration/settings/settings.ts';
import { machineArn, REGION } from './arns.ts';
import { type Engine, startEngine } from './engine.ts';
import type { EngineName } from './engines/program.ts';
import { NO_EXECUTION_LOG, openExecutionLog } from './execution-log.ts';
import { Executions } from './executions.ts';
import { loadHandlers } from './handlers.ts';
import type { Overrides } from './interpreter.ts';
import type { LocalFunction } from './invoke.ts';
import { type Schedule, startSchedule } from './schedule.ts';
import { MIGRATION_MACHINE, ROLLBACK_MACHINE, stateMachines } from './state-machines.ts';
import { serveStepFunctions } from './step-functions.ts';
import { batchesByTable } from './streams/by-table.ts';
import { type QueuedCounts, startQueuedCounts } from './streams/queued-counts.ts';
import { type StreamPoller, type StreamPollerOptions, startStreamPoller } from './streams/stream-poller.ts';
import { streamsClient } from './streams/streams-client.ts';
import { withWokenStreams } from './streams/woken-streams.ts';
import { serveDynamoDb } from './strict/dynamodb/serve-dynamodb.ts';
import { strictDynamoDb } from './strict/dynamodb/strict-dynamodb.ts';
import { StrictLambda } from './strict/lambda/strict-lambda.ts';
import { deployReaders, readersIn } from './strict/mappings/deployed-readers.ts';
import { type LocalMappings, startMappings } from './strict/mappings/start-mappings.ts';
import {
  type GivenStrictSettings,
  parseStrictSettings,
  type StrictSettings,
} from './strict/strict-settings.ts';

/**
 * Defaults for one machine. Slices are short, so that a pause takes effect soon. Claims outlast a call that runs into its
 * time-out of 10 s and the renewal after it, so that a busy machine does not lose them. Late calls are short: a call that
 * was given up has reached the engine on this machine, or is lost. Reads are hardly limited: the engine has no partition
 * limits that migration and application would share.
 */
const LOCAL_SETTINGS = {
  sliceMs: 5_000,
  claimMs: 30_000,
  lateCallMs: 1_000,
  leaseMs: 1_000,
  holdMs: 0,
  readUnitsPerSecond: 100_000,
};
/** Embedded engines accept any credentials. */
const ACCESS_KEY = 'local';

/** Handler of the tier tables' streams, and the handler that it has count schools. */
const STREAM_HANDLER = 'CaptureChanges';
const SCHOOLS_HANDLER = 'CountSchools';
/** Handler of the migrations table's stream. */
const EVENTS_HANDLER = 'PublishEvents';
/** Handler that admits queued migrations, and the time between two calls, in ms. */
const DISPATCHER = 'AdmitQueued';
const DISPATCH_MS = 1_000;
/** Handler that finds tenants whose growth was missed, and the time between two checks whether it is due, in ms. */
const SWEEPER = 'SweepTenants';
const SWEEP_POLL_MS = 10_000;

export type HandlerRun = StepHandler['run'];

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface StackOptions {
  /** Settings as in `TIERFERRY_SETTINGS`; the others have defaults for one machine. */
  readonly settings?: unknown;
  readonly engine?: EngineName | undefined;
  /** Endpoint of an engine that is already running. The stack does not stop it. */
  readonly dynamodbEndpoint?: string;
  /** Selects the database of an engine that keeps one per access key. */
  readonly accessKeyId?: string | undefined;
  /** Folder that keeps the data between starts; absent for in memory. */
  readonly data?: string | undefined;
  /** Called once if the disk of the data folder is full: the caller must stop the stack. */
  readonly onDiskFull?: (error: Error) => void;
  /** Absent or 0 for a free port. */
  readonly dynamodbPort?: number | undefined;
  readonly stepFunctionsPort?: number | undefined;
  readonly log?: Log;
  /**
   * Makes the stack behave as AWS is documented to: states of tables, backups and mappings, throttled partitions, late and
   * split shards, limits of concurrency and of histories. Absent for none of that. @see StrictSettings
   */
  readonly strict?: GivenStrictSettings | undefined;
  /** For tests: wraps a handler, by the name of its state. */
  readonly wrapHandler?: (name: string, run: HandlerRun) => HandlerRun;
  /** True, the default, if a tenant that outgrows its tier is moved automatically. */
  readonly countsSchools?: boolean;
  /** For tests: false if another stack on the same data admits the migrations. */
  readonly dispatches?: boolean;
  /** For tests: shorter waits. */
  readonly overrides?: Overrides;
  /** For tests: state machines of another version, in place of this one's. */
  readonly stateMachines?: ReturnType<typeof stateMachines>;
  /** For tests: endpoint that receives events, in place of EventBridge. */
  readonly eventBridge?: string;
  /** For tests: configuration of the handlers' clients, e.g. to count calls. */
  readonly dynamodb?: DynamoDBClientConfig;
}

/** DynamoDB and Step Functions on this machine, with Tierferry's state machines and handlers. */
export interface Stack {
  readonly engine: EngineName | 'elsewhere';
  /** Messages for the user who has started it. */
  readonly warnings: readonly string[];
  readonly endpoints: { readonly dynamodb: string; readonly stepFunctions: string };
  /** Configuration of an SDK client for its DynamoDB. */
  readonly client: { readonly endpoint: string; readonly region: string; readonly credentials: Credentials };
  /** Environment in which any AWS SDK client, the aws CLI and `tierferry` reach it. */
  readonly env: Readonly<Record<string, string>>;
  readonly ports: Ports;
  /** Delivers the tables' stream records to the handlers. */
  readonly streams: Pick<StreamPoller, 'pause' | 'resume'>;
  stop(): Promise<void>;
}

/** A part that the stack has started. The parts are stopped in reverse order. */
interface Part {
  stop(): Promise<void>;
}

/**
 * Starts the embedded stack and creates the control plane's tables.
 * @throws EngineNotFound if no engine can run on this machine. @throws Error if a port or the data folder is in use.
 */
export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const parts: Part[] = [];
  const stop = async () => {
    for (const one of parts.splice(0).reverse()) await one.stop();
  };
  try {
    return { ...(await startParts(options, parts)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Starts all parts, and adds each to `parts` once it runs. */
const startParts = async (options: StackOptions, parts: Part[]): Promise<Omit<Stack, 'stop'>> => {
  const given = withLocalDefaults(options.settings);
  const settings = parseSettings(given);
  const strict = options.strict === undefined ? undefined : parseStrictSettings(options.strict);
  const log = options.log ?? createLog('silent');
  const database = await startDatabase(options, { settings, strict }, parts);
  const { common, endpoint } = database;
  const { countsSchools = true } = options;
  const functions = new Map<string, LocalFunction>();
  let dispatcher: Schedule | undefined;
  const { executions, stepFunctions } = await startExecutions(
    options,
    { functions, strict },
    parts,
    (input) => dispatcher?.ended(countsSchools ? input : undefined),
  );
  const client = streamsClient({ ...common, endpoint: database.engineEndpoint });
  const mappings = strict
    ? await startMappings({
        client,
        settings: strict.streams,
        functionOf: readersIn(functions, settings),
        log,
      })
    : undefined;
  if (mappings) parts.push(mappings);
  const created = createPorts(settings, {
    ...portOptionsOf(options, database, { stepFunctions, mappings }),
    log,
  });
  let poller: StreamPoller | undefined;
  const counts = countsSchools ? startCounts(functions, log, parts) : undefined;
  const ports = withWokenStreams(
    { ...created, schoolCounts: counts ?? created.schoolCounts },
    { wake: (table) => (mappings ?? poller)?.wake(table) },
  );
  await addHandlers(options, ports, functions, strict);
  for (const { name, definition } of options.stateMachines ?? stateMachines())
    executions.deploy(name, definition);
  const startPolling = async () => {
    poller = await startPoller({ client, log, settings }, functions, options);
    parts.push(poller);
    return poller;
  };
  const streams = mappings ?? (await startPolling());
  if (mappings) await deployReaders(mappings, client, settings);
  dispatcher = startSchedules(options, functions, log, parts);
  return {
    engine: database.engine?.name ?? 'elsewhere',
    warnings: database.engine?.warnings ?? [],
    endpoints: { dynamodb: endpoint, stepFunctions: stepFunctions.endpoint },
    client: { ...common, endpoint },
    env: environmentOf(given, database, { stepFunctions, mappings }),
    ports,
    streams,
  };
};

/** The engine, with the strict layer in front of it in strict mode. */
interface Database {
  /** Absent if the engine was running before. */
  readonly engine: Engine | undefined;
  readonly engineEndpoint: string;
  readonly front: Awaited<ReturnType<typeof serveDynamoDb>> | undefined;
  /** Endpoint for everything but streams and the creation of the control tables. */
  readonly endpoint: string;
  readonly common: { readonly region: string; readonly credentials: Credentials };
}

/** Endpoints of the APIs beside DynamoDB's. */
interface Apis {
  readonly stepFunctions: { readonly endpoint: string };
  /** Absent without strict mode, in which a poller reads all streams. */
  readonly mappings: LocalMappings | undefined;
}

const startDatabase = async (
  options: StackOptions,
  { settings, strict }: { readonly settings: Settings; readonly strict: StrictSettings | undefined },
  parts: Part[],
): Promise<Database> => {
  const engine = options.dynamodbEndpoint === undefined ? await startEngineFor(options) : undefined;
  if (engine) parts.push(engine);
  const engineEndpoint = engine?.endpoint ?? options.dynamodbEndpoint ?? '';
  const credentials = { accessKeyId: options.accessKeyId ?? ACCESS_KEY, secretAccessKey: ACCESS_KEY };
  const common = { region: REGION, credentials };
  // created directly at the engine: on AWS a deployment has waited for them
  await prepareControlTables({ ...common, endpoint: engineEndpoint }, settings);
  const front = strict
    ? await serveDynamoDb(engineEndpoint, strictDynamoDb(strict.dynamodb), options.dynamodbPort)
    : undefined;
  if (front) parts.push(front);
  return { engine, engineEndpoint, front, endpoint: front?.endpoint ?? engineEndpoint, common };
};

/** @param onEnd called with the input of each execution of `tier-migration` that has ended. */
const startExecutions = async (
  options: StackOptions,
  {
    functions,
    strict,
  }: { readonly functions: Map<string, LocalFunction>; readonly strict: StrictSettings | undefined },
  parts: Part[],
  onEnd: (input: string) => void,
) => {
  const executionLog = options.data
    ? await openExecutionLog(join(options.data, 'step-functions'), options)
    : NO_EXECUTION_LOG;
  const executions = new Executions({
    functions,
    executionLog,
    strict: strict?.stepFunctions,
    ...(options.overrides ? { overrides: options.overrides } : {}),
    onEnd: ({ machineArn: machine, input }) => {
      if (machine === machineArn(MIGRATION_MACHINE)) onEnd(input);
    },
  });
  parts.push({ stop: () => executions.close() });
  const stepFunctions = await serveStepFunctions(
    executions,
    options.stepFunctionsPort,
    strict?.stepFunctions.describeLagMs,
  );
  parts.push(stepFunctions);
  return { executions, stepFunctions };
};

/** Returns the endpoints and ARNs that the handlers have on AWS from their environment. */
const portOptionsOf = (
  options: StackOptions,
  { common, endpoint, front }: Database,
  { stepFunctions, mappings }: Apis,
): Omit<Parameters<typeof createPorts>[1], 'log'> => ({
  dynamodb: {
    ...common,
    endpoint,
    // a test that configures the clients needs real connections
    ...(front && !options.dynamodb ? { requestHandler: front.requestHandler } : {}),
    ...options.dynamodb,
  },
  sfn: { ...common, endpoint: stepFunctions.endpoint },
  ...(options.eventBridge === undefined
    ? {}
    : { eventBridge: { ...common, endpoint: options.eventBridge }, eventBus: 'default' }),
  stateMachineArn: machineArn(MIGRATION_MACHINE),
  rollbackStateMachineArn: machineArn(ROLLBACK_MACHINE),
  ...(mappings ? { lambda: { ...common, endpoint: mappings.endpoint }, streams: 'mapped' } : {}),
});

/** Adds all handlers to `functions`, by the names of their states. */
const addHandlers = async (
  options: StackOptions,
  ports: Ports,
  functions: Map<string, LocalFunction>,
  strict: StrictSettings | undefined,
): Promise<void> => {
  const account = strict ? new StrictLambda(strict.lambda) : undefined;
  for (const [name, { run }] of await loadHandlers()) {
    const wrapped = options.wrapHandler?.(name, run) ?? run;
    const countCalls: LocalFunction = (event, context) => wrapped(ports, event, context);
    functions.set(name, account?.limit(name, countCalls) ?? countCalls);
  }
};

/** Starts the calls that EventBridge makes on AWS. @returns the dispatcher's; undefined if the stack does not dispatch */
const startSchedules = (
  { countsSchools = true, dispatches = true }: StackOptions,
  functions: ReadonlyMap<string, LocalFunction>,
  log: Log,
  parts: Part[],
): Schedule | undefined => {
  if (!dispatches) return undefined;
  const dispatcher = startSchedule({ run: functionOf(functions, DISPATCHER), log, everyMs: DISPATCH_MS });
  parts.push(dispatcher);
  const sweeper = { run: functionOf(functions, SWEEPER), log, everyMs: SWEEP_POLL_MS };
  if (countsSchools) parts.push(startSchedule(sweeper));
  return dispatcher;
};

const environmentOf = (
  given: object,
  { endpoint, common: { credentials } }: Database,
  { stepFunctions, mappings }: Apis,
): Stack['env'] => ({
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ENDPOINT_URL_SFN: stepFunctions.endpoint,
  AWS_REGION: REGION,
  // boto3 and version 1 of the aws CLI do not read AWS_REGION
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  TIERFERRY_STATE_MACHINE_ARN: machineArn(MIGRATION_MACHINE),
  TIERFERRY_ROLLBACK_STATE_MACHINE_ARN: machineArn(ROLLBACK_MACHINE),
  TIERFERRY_SETTINGS: JSON.stringify(given),
  ...(mappings ? { AWS_ENDPOINT_URL_LAMBDA: mappings.endpoint, TIERFERRY_STREAMS: 'mapped' } : {}),
});

/** Adds the defaults for one machine to the given settings. */
const withLocalDefaults = (given: unknown): object =>
  typeof given === 'object' && given !== null ? { ...LOCAL_SETTINGS, ...given } : LOCAL_SETTINGS;

/** Starts the engine. In strict mode the layer in front of it has the requested port, and the engine a free one. */
const startEngineFor = ({ engine, data, dynamodbPort, strict }: StackOptions): Promise<Engine> =>
  startEngine({
    ...(engine ? { engine } : {}),
    ...(data ? { dataDir: join(data, 'dynamodb') } : {}),
    ...(dynamodbPort && strict === undefined ? { port: dynamodbPort } : {}),
  });

const functionOf = (functions: ReadonlyMap<string, LocalFunction>, name: string): LocalFunction => {
  const run = functions.get(name);
  if (!run) throw new Error(`there is no handler ${name}`);
  return run;
};

/** Starts to deliver the records of all streams to the handlers, without delay. */
const startPoller = (
  given: Pick<StreamPollerOptions, 'client' | 'log'> & { readonly settings: Settings },
  functions: ReadonlyMap<string, LocalFunction>,
  { data }: StackOptions,
): Promise<StreamPoller> => {
  const { client, log, settings } = given;
  return startStreamPoller({
    client,
    run: batchesByTable(functionOf(functions, STREAM_HANDLER), {
      [controlTables(settings).migrations]: functionOf(functions, EVENTS_HANDLER),
    }),
    log,
    ...(data ? { folder: join(data, 'streams') } : {}),
  });
};

/** Starts the queue from which the counter is called, in place of Lambda's queue of asynchronous calls. */
const startCounts = (
  functions: ReadonlyMap<string, LocalFunction>,
  log: Log,
  parts: Part[],
): QueuedCounts => {
  // the handlers are added after the ports that they use
  const counts = startQueuedCounts({
    run: (event, context) => functionOf(functions, SCHOOLS_HANDLER)(event, context),
    log,
  });
  parts.push(counts);
  return counts;
};

const prepareControlTables = async (config: DynamoDBClientConfig, settings: Settings): Promise<void> => {
  const client = dynamoClient(config);
  try {
    await createControlTables(client, settings);
  } finally {
    client.destroy();
  }
};
