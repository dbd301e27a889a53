import { join } from 'node:path';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from '../../functions/aws/client.ts';
import { createControlTables } from '../../functions/aws/control-tables.ts';
import { createLog } from '../../functions/aws/log.ts';
import { createPorts } from '../../functions/aws/ports.ts';
import type { StageHandler } from '../../functions/aws/stage.ts';
import type { Log, Ports } from '../../functions/migration/ports.ts';
import { controlTables, parseSettings, type Settings } from '../../functions/migration/settings.ts';
import { machineArn, queueArn, REGION } from './arns.ts';
import { type Engine, startEngine } from './engine.ts';
import type { EngineName } from './engines/program.ts';
import { Executions } from './executions.ts';
import { loadHandlers } from './handlers.ts';
import type { Overrides } from './interpreter.ts';
import type { LocalFunction } from './invoke.ts';
import { NO_JOURNAL, openJournal } from './journal.ts';
import { type Schedule, startSchedule } from './schedule.ts';
import { loadStateMachines, MIGRATION_MACHINE, ROLL_BACK_MACHINE } from './state-machines.ts';
import { serveStepFunctions } from './step-functions.ts';
import { byTable } from './streams/by-table.ts';
import { startHints } from './streams/hints.ts';
import { isOfSchool } from './streams/school-records.ts';
import { type StreamPoller, type StreamPollerOptions, startStreamPoller } from './streams/stream-poller.ts';
import { streamsClient } from './streams/streams-client.ts';
import { withWokenStreams } from './streams/woken-streams.ts';
import { serveDynamoDb } from './strict/dynamodb/serve-dynamodb.ts';
import { strictDynamoDb } from './strict/dynamodb/strict-dynamodb.ts';
import { StrictLambda } from './strict/lambda/strict-lambda.ts';
import { deployReaders, readersIn } from './strict/mappings/deployed-readers.ts';
import { startMappings } from './strict/mappings/start-mappings.ts';
import { type GivenStrictSettings, parseStrictSettings } from './strict/strict-settings.ts';

/**
 * Short slices, so that a person who pauses a migration does not wait for it. Claims outlast a call that runs into its
 * time-out of 10 s and the renewal after it, so that a busy machine does not lose them. A call that was given up has reached
 * an engine on the same machine, or is lost. The engine has no partition whose reads the tenant would share.
 */
const LOCAL_SETTINGS = {
  sliceMs: 5_000,
  claimMs: 30_000,
  lateCallMs: 1_000,
  leaseMs: 1_000,
  holdMs: 0,
  readUnitsPerSecond: 100_000,
};
/** Local engines accept any credentials. */
const ACCESS_KEY = 'local';

/** What the tier tables' streams are handed to: every record, and those of schools. */
const STREAM_HANDLER = 'CaptureChanges';
const SCHOOLS_HANDLER = 'CountSchools';
/** What the stream of the migrations table is handed to. */
const NOTICES_HANDLER = 'PublishNotices';
/** The queue for records that the streams' readers give up; nothing on one machine reads it. */
const MISSED_QUEUE = queueArn('missed');
/** What lets migrations go ahead, and how often, in ms. */
const DISPATCHER = 'AdmitQueued';
const DISPATCH_MS = 1_000;
/** What looks for tenants that nobody was told of, and how often it looks whether it is due, in ms. */
const SWEEPER = 'SweepTenants';
const SWEEP_LOOK_MS = 10_000;

export type StageRun = StageHandler['run'];

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface StackOptions {
  /** As in `TIERFERRY_SETTINGS`; what it does not say is as fits one machine. */
  readonly settings?: unknown;
  readonly engine?: EngineName | undefined;
  /** Endpoint of an engine that is already running. The stack does not stop it. */
  readonly dynamodbEndpoint?: string;
  /** Selects the database of an engine that keeps one per access key. */
  readonly accessKeyId?: string | undefined;
  /** Folder where data stays between starts; in memory where absent. */
  readonly data?: string | undefined;
  /** Called once if the disk of the data folder is full: the stack must be stopped. */
  readonly onDiskFull?: (error: Error) => void;
  /** Absent or 0 for a free one. */
  readonly dynamodbPort?: number | undefined;
  readonly stepFunctionsPort?: number | undefined;
  readonly log?: Log;
  /**
   * Given, it answers as AWS is documented to: states of tables, backups and mappings, throttled partitions, late and split
   * shards, limits of concurrency and of histories. Absent, it answers at once. @see StrictSettings
   */
  readonly strict?: GivenStrictSettings | undefined;
  /** For tests: what goes between the state machine and a handler, by the state's name. */
  readonly wrapHandler?: (name: string, run: StageRun) => StageRun;
  /** Whether a tenant that outgrows its tier is moved by itself; true by default. */
  readonly countsSchools?: boolean;
  /** For tests: whether it lets migrations go ahead; false where another stack on the same data does. */
  readonly dispatches?: boolean;
  /** For tests: shorter waits. */
  readonly overrides?: Overrides;
  /** For tests: where changes are told, as EventBridge. */
  readonly eventBridge?: string;
  /** For tests: how the handlers' clients send, e.g. to count calls. */
  readonly dynamodb?: DynamoDBClientConfig;
}

/** DynamoDB and Step Functions on this machine, with our state machines and handlers. */
export interface Stack {
  readonly engine: EngineName | 'elsewhere';
  /** What whoever started it should know. */
  readonly notices: readonly string[];
  readonly endpoints: { readonly dynamodb: string; readonly stepFunctions: string };
  /** Configuration of an SDK client for its DynamoDB. */
  readonly client: { readonly endpoint: string; readonly region: string; readonly credentials: Credentials };
  /** What any AWS SDK client, the aws CLI and `tierferry` need to reach it. */
  readonly env: Readonly<Record<string, string>>;
  readonly ports: Ports;
  /** What hands the tables' changes to the stream handlers. */
  readonly streams: Pick<StreamPoller, 'pause' | 'resume'>;
  stop(): Promise<void>;
}

/**
 * Starts all of it and creates the control plane's tables.
 * @throws NoEngine where no engine can run here. @throws Error where a port or the data folder is in use.
 */
export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const given = withLocalDefaults(options.settings);
  const settings = parseSettings(given);
  const strict = options.strict === undefined ? undefined : parseStrictSettings(options.strict);
  const engine = options.dynamodbEndpoint === undefined ? await startEngineFor(options) : undefined;
  const opened: { stop(): Promise<void> }[] = engine ? [engine] : [];
  const stop = async () => {
    for (const one of opened.splice(0).reverse()) await one.stop();
  };
  try {
    const engineEndpoint = engine?.endpoint ?? options.dynamodbEndpoint ?? '';
    const credentials = { accessKeyId: options.accessKeyId ?? ACCESS_KEY, secretAccessKey: ACCESS_KEY };
    const common = { region: REGION, credentials };
    // at the engine: a deployment has waited for them
    await prepareControlTables({ ...common, endpoint: engineEndpoint }, settings);
    const front = strict
      ? await serveDynamoDb(engineEndpoint, strictDynamoDb(strict.dynamodb), options.dynamodbPort)
      : undefined;
    if (front) opened.push(front);
    const endpoint = front?.endpoint ?? engineEndpoint;
    const journal = options.data
      ? await openJournal(join(options.data, 'step-functions'), options)
      : NO_JOURNAL;
    const { countsSchools = true, dispatches = true } = options;
    const functions = new Map<string, LocalFunction>();
    let dispatcher: Schedule | undefined;
    const executions = new Executions({
      functions,
      journal,
      strict: strict?.stepFunctions,
      ...(options.overrides ? { overrides: options.overrides } : {}),
      onEnd: ({ machineArn: machine, input }) => {
        if (machine === machineArn(MIGRATION_MACHINE)) dispatcher?.ended(countsSchools ? input : undefined);
      },
    });
    opened.push({ stop: () => executions.close() });
    const stepFunctions = await serveStepFunctions(
      executions,
      options.stepFunctionsPort,
      strict?.stepFunctions.describeLagMs,
    );
    opened.push(stepFunctions);
    const log = options.log ?? createLog('silent');
    const client = streamsClient({ ...common, endpoint: engineEndpoint });
    const mappings = strict
      ? await startMappings({
          client,
          settings: strict.streams,
          functionOf: readersIn(functions, settings, countsSchools),
          log,
        })
      : undefined;
    if (mappings) opened.push(mappings);
    const created = createPorts(settings, {
      dynamodb: {
        ...common,
        endpoint,
        // a test that changes how clients send needs a connection for each
        ...(front && !options.dynamodb ? { requestHandler: front.requestHandler } : {}),
        ...options.dynamodb,
      },
      sfn: { ...common, endpoint: stepFunctions.endpoint },
      ...(options.eventBridge === undefined
        ? {}
        : { eventBridge: { ...common, endpoint: options.eventBridge }, eventBus: 'default' }),
      stateMachineArn: machineArn(MIGRATION_MACHINE),
      rollBackStateMachineArn: machineArn(ROLL_BACK_MACHINE),
      ...(mappings ? { lambda: { ...common, endpoint: mappings.endpoint }, missedQueue: MISSED_QUEUE } : {}),
      log,
    });
    let poller: StreamPoller | undefined;
    const ports = withWokenStreams(created, { wake: (table) => (mappings ?? poller)?.wake(table) });
    const account = strict ? new StrictLambda(strict.lambda) : undefined;
    for (const [name, { run }] of await loadHandlers()) {
      const wrapped = options.wrapHandler?.(name, run) ?? run;
      const called: LocalFunction = (event, context) => wrapped(ports, event, context);
      functions.set(name, account?.limit(name, called) ?? called);
    }
    for (const { name, definition } of await loadStateMachines()) executions.deploy(name, definition);
    const startPolling = async () => {
      poller = await startPoller({ client, log, settings }, functions, options);
      opened.push(poller);
      return poller;
    };
    const streams = mappings ?? (await startPolling());
    if (mappings) await deployReaders(mappings, client, settings);
    if (dispatches) {
      dispatcher = startSchedule({ run: functionOf(functions, DISPATCHER), log, everyMs: DISPATCH_MS });
      opened.push(dispatcher);
      const sweeper = { run: functionOf(functions, SWEEPER), log, everyMs: SWEEP_LOOK_MS };
      if (countsSchools) opened.push(startSchedule(sweeper));
    }
    return {
      engine: engine?.name ?? 'elsewhere',
      notices: engine?.notices ?? [],
      endpoints: { dynamodb: endpoint, stepFunctions: stepFunctions.endpoint },
      client: { ...common, endpoint },
      env: {
        AWS_ENDPOINT_URL_DYNAMODB: endpoint,
        AWS_ENDPOINT_URL_SFN: stepFunctions.endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        TIERFERRY_STATE_MACHINE_ARN: machineArn(MIGRATION_MACHINE),
        TIERFERRY_ROLL_BACK_STATE_MACHINE_ARN: machineArn(ROLL_BACK_MACHINE),
        TIERFERRY_SETTINGS: JSON.stringify(given),
        ...(mappings
          ? { AWS_ENDPOINT_URL_LAMBDA: mappings.endpoint, TIERFERRY_MISSED_QUEUE_ARN: MISSED_QUEUE }
          : {}),
      },
      ports,
      streams,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** What fits one machine, unless told otherwise. */
const withLocalDefaults = (given: unknown): object =>
  typeof given === 'object' && given !== null ? { ...LOCAL_SETTINGS, ...given } : LOCAL_SETTINGS;

/** In strict mode, clients talk to the layer in front of the engine, which has the port that they want. */
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

/** Hands every stream there is to the stream handlers as soon as it can, those of schools to a second one. */
const startPoller = async (
  given: Pick<StreamPollerOptions, 'client' | 'log'> & { readonly settings: Settings },
  functions: ReadonlyMap<string, LocalFunction>,
  { countsSchools = true, data }: StackOptions,
): Promise<StreamPoller> => {
  const { client, log, settings } = given;
  const hints = countsSchools
    ? startHints({ run: functionOf(functions, SCHOOLS_HANDLER), wants: isOfSchool, log })
    : undefined;
  const poller = await startStreamPoller({
    client,
    run: byTable(functionOf(functions, STREAM_HANDLER), {
      [controlTables(settings).migrations]: functionOf(functions, NOTICES_HANDLER),
    }),
    log,
    ...(data ? { folder: join(data, 'streams') } : {}),
    ...(hints ? { onTaken: hints.offer } : {}),
  });
  return {
    ...poller,
    async stop() {
      await poller.stop();
      await hints?.stop();
    },
  };
};

const prepareControlTables = async (config: DynamoDBClientConfig, settings: Settings): Promise<void> => {
  const client = dynamoClient(config);
  try {
    await createControlTables(client, settings);
  } finally {
    client.destroy();
  }
};
