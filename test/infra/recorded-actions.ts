import { AsyncLocalStorage } from 'node:async_hooks';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { BY_DAY, BY_STATUS, BY_TENANT, TENANT_INDEXES } from '../../functions/aws/control-tables.ts';
import { controlTables, type Settings } from '../../functions/migration/settings/settings.ts';
import type { Access, Action, Tables } from '../../infra/step-permissions.ts';
import type { StackOptions } from '../../scripts/local/stack.ts';

/** A request, as far as it shows which tables it uses, and how. */
const Request = z.object({
  TableName: z.string().optional(),
  /** Field of a table: `arn:...:table/<name>`. */
  ResourceArn: z.string().optional(),
  IndexName: z.string().optional(),
  RequestItems: z.record(z.string(), z.unknown()).optional(),
  TransactItems: z.array(z.record(z.string(), z.object({ TableName: z.string() }))).optional(),
  Statements: z.array(z.object({ Statement: z.string() })).optional(),
});
/** Parts of a transaction, by the action that authorises each. [IAM, Actions for DynamoDB] */
const PARTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** Records the DynamoDB actions of every handler, as they are sent. */
export class RecordedActions {
  /** `Tables:Action` by the state's name. */
  readonly byState = new Map<string, Set<string>>();
  readonly #acting = new AsyncLocalStorage<string>();
  readonly #tables: readonly (readonly [string, Tables])[];

  constructor(settings: Pick<Settings, 'prefix' | 'tableDesign'>) {
    const { registry, routes, migrations, journal } = controlTables(settings);
    this.#tables = [
      [registry, 'registry'],
      [routes, 'routes'],
      [migrations, 'migrations'],
      [BY_STATUS, 'migrationsByStatus'],
      [BY_TENANT, 'migrationsByTenant'],
      [BY_DAY, 'migrationsByDay'],
      ...Object.values(TENANT_INDEXES).map(({ name }) => [name, 'registryIndexes'] as const),
      [journal, 'journal'],
      ...settings.tableDesign.indexes.map(({ name }) => [name, 'tierTableIndexes'] as const),
    ];
  }

  readonly wrapHandler: NonNullable<StackOptions['wrapHandler']> =
    (state, run) =>
    (...given) =>
      // the stream handler's calls cannot be distinguished from those of the poller
      state === 'CaptureChanges' ? run(...given) : this.#acting.run(state, () => run(...given));

  /** Runs work whose calls are attributed to a state. */
  as<T>(state: string, work: () => Promise<T>): Promise<T> {
    return this.#acting.run(state, work);
  }

  /** Runs work whose calls are attributed to no state. */
  outside<T>(work: () => Promise<T>): Promise<T> {
    return this.#acting.exit(work);
  }

  readonly dynamodb: DynamoDBClientConfig = {
    extensions: [
      {
        configure: (config) => {
          const handler = config.httpHandler();
          const send = handler.handle.bind(handler);
          handler.handle = (request, options) => {
            this.#record(request.headers['x-amz-target'] ?? '', String(request.body));
            return send(request, options);
          };
        },
      },
    ],
  };

  #record(target: string, body: string): void {
    const state = this.#acting.getStore();
    if (state === undefined) return;
    const operation = target.split('.').at(-1) ?? '';
    const {
      ResourceArn,
      TableName = ResourceArn?.split('/')[1],
      IndexName,
      RequestItems = {},
      TransactItems = [],
      Statements = [],
    } = Request.parse(JSON.parse(body));
    const pairs = [
      ...(TableName === undefined ? [] : [[IndexName ?? TableName, operation] as const]),
      ...Object.keys(RequestItems).map((table) => [table, operation] as const),
      ...TransactItems.flatMap((part) =>
        Object.entries(part).map(([kind, { TableName }]) => [TableName, PARTS[kind] ?? kind] as const),
      ),
      ...Statements.map(({ Statement }) => [tableIn(Statement), actionOf(Statement)] as const),
    ];
    const noted = this.byState.get(state) ?? new Set();
    this.byState.set(state, noted);
    for (const [table, action] of pairs)
      noted.add(`${action === 'ListBackups' ? 'anyTable' : this.#kindOf(table)}:${action}`);
  }

  #kindOf(table: string): Tables {
    return this.#tables.find(([name]) => name === table)?.[1] ?? 'tierTables';
  }
}

/** `DELETE FROM "table" ...` */
const tableIn = (statement: string): string => /"([^"]+)"/.exec(statement)?.[1] ?? '';
/** [IAM, Actions for DynamoDB: PartiQLDelete, PartiQLInsert, PartiQLSelect, PartiQLUpdate] */
const actionOf = (statement: string): string => {
  const verb = statement.split(' ')[0] ?? '';
  return `PartiQL${verb.charAt(0)}${verb.slice(1).toLowerCase()}`;
};

/** In the same form as the recorded actions. */
export const listed = (access: Access): string[] =>
  Object.entries<readonly Action[]>(access).flatMap(([tables, actions]) =>
    actions.map((action) => `${tables}:${action}`),
  );
