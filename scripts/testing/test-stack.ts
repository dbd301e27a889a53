import { type Admin, adminOf } from '../../functions/admin/admin-of.ts';
import { type ConfigInput, settingsIn } from '../../functions/migration/settings/config.ts';
import { controlTables } from '../../functions/migration/settings/settings.ts';
import { withEmbeddedStack } from '../cli/with-embedded-stack.ts';
import type { EngineName } from '../local/engines/program.ts';
import type { GivenStrictSettings } from '../local/strict/strict-settings.ts';

export interface TestStackOptions {
  /** The deployment's settings, or its whole `tierferry.config.ts`. Leases are 1 s and holds 0 unless the settings say otherwise. */
  readonly settings?: ConfigInput;
  /** Default: DynamoDB Local if Java is installed, else the native engine. */
  readonly engine?: EngineName;
  /** Endpoint of a DynamoDB Local that is already running. The stack does not stop it. */
  readonly dynamodbEndpoint?: string;
  /** Selects the database of a running DynamoDB Local, which keeps one per access key. Default: `local`. */
  readonly accessKeyId?: string;
  /** Makes the stack answer as AWS is documented to: `{}` for all of it. Absent for none. */
  readonly strict?: GivenStrictSettings;
  /** True to move tenants that outgrow their tier automatically. Default: false, so that only the test moves tenants. */
  readonly movesGrownTenants?: boolean;
}

/** DynamoDB and Step Functions on this machine, with Tierferry's state machines and handlers. */
export interface TestStack {
  /** Registers, moves and removes tenants on the stack. */
  readonly admin: Admin;
  /** Configuration of an SDK client for its DynamoDB: `new DynamoDBClient(stack.client)`. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Name of the routes table, for a `TenantRouter`. */
  readonly routesTable: string;
  readonly endpoints: { readonly dynamodb: string; readonly stepFunctions: string };
  /** Environment in which any AWS SDK client, the aws CLI and `tierferry` reach the stack. */
  readonly env: Readonly<Record<string, string>>;
  /** Stops everything that the stack has started. Items are in memory and are lost. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded stack for a test. Takes some seconds; start one for several tests.
 * @throws SettingsMissing with the install command if a package of the embedded stack is missing
 * @throws Error if no engine can run on this machine
 */
export const startStack = async (options: TestStackOptions = {}): Promise<TestStack> => {
  const { settings, movesGrownTenants = false, ...rest } = options;
  // loaded late: the fakes need none of the embedded stack's packages
  const local = await withEmbeddedStack(() => import('../local/stack.ts'));
  const stack = await local.startStack({
    ...rest,
    settings: settings && settingsIn(settings),
    countsSchools: movesGrownTenants,
  });
  const { client, endpoints, env, ports } = stack;
  return {
    admin: adminOf(ports),
    client,
    routesTable: controlTables(ports.settings).routes,
    endpoints,
    env,
    stop: stack.stop,
  };
};
