import { isSentinel } from '../../functions/migration/items/sentinel.ts';
import { entityKey, type TableName, type TenantId } from '../../functions/migration/names.ts';
import { TABLE_LAYOUT } from '../support/table-keys.ts';
import { type CallId, kindOf, nameOf, type Request } from './calls.ts';
import type { EnvironmentFault, FaultName } from './faults.ts';

/** A fault with the call at which it is injected. */
export interface Plant {
  readonly at: CallId;
  readonly fault: FaultName;
}

export interface SubjectOptions {
  readonly tenantId: TenantId;
  /** Source of its migration; `target`: the target of its first try. */
  readonly source: TableName;
  readonly target: TableName;
  /** Suffix of the ids of its migrations. */
  readonly token: string;
  readonly plants: readonly Plant[];
  /** Duration of slow actions, in ms. */
  readonly slowMs: number;
}

/** A tenant that is migrated under injected faults, with the record of its migration's calls. */
export class Subject {
  readonly options: SubjectOptions;
  /** Violations by calls. */
  readonly wrongs: string[] = [];
  /** Faults that were injected. */
  readonly fired: Plant[] = [];
  /** Actions before a state's handler runs, by the state's name. */
  readonly hooks = new Map<string, () => Promise<void>>();
  /** Makes the application write every key. Set by the run, as are the events around it. */
  rewrite: () => Promise<unknown> = () => Promise.resolve();
  surround: (fault: EnvironmentFault) => Promise<void> = () => Promise.resolve();
  /** Increased when the workflow is killed. Work of earlier generations does not act any more. */
  generation = 0;
  outageUntil = 0;
  /** Offset of the wall clock of all processes that work for it, in ms: the time of waits for the operator. */
  aheadMs = 0;
  /** Time at which that clock was set ahead, by a clock that was not. */
  aheadSince = Number.POSITIVE_INFINITY;
  /** Wall-clock time at which the clean-up deleted the first item of the source. */
  sourceDeletedAt: number | undefined;
  readonly #counts = new Map<string, number>();
  readonly #open = new Set<Promise<unknown>>();
  readonly #order: CallId[] = [];
  #nextFlip = Promise.withResolvers<void>();

  constructor(options: SubjectOptions) {
    this.options = options;
  }

  /** All calls so far, in order. */
  get calls(): readonly CallId[] {
    return this.#order;
  }

  /** Numbers a call. */
  count(call: Omit<CallId, 'ordinal'>): CallId {
    const kind = kindOf(call);
    const ordinal = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, ordinal);
    const id = { ...call, ordinal };
    this.#order.push(id);
    return id;
  }

  /** Returns the fault planted at this call, once. */
  faultAt(id: CallId): FaultName | undefined {
    const plant = this.options.plants.find(
      (one) => !this.fired.includes(one) && nameOf(one.at) === nameOf(id),
    );
    if (plant) this.fired.push(plant);
    return plant?.fault;
  }

  /** Resolves at the tenant's next flip, in either direction. */
  get nextFlip(): Promise<void> {
    return this.#nextFlip.promise;
  }

  hasFlipped(): void {
    this.#nextFlip.resolve();
    this.#nextFlip = Promise.withResolvers();
  }

  /** Registers work that continues without a caller. */
  leave<T>(work: Promise<T>): Promise<T> {
    const done: Promise<unknown> = work.then(
      () => this.#open.delete(done),
      () => this.#open.delete(done),
    );
    this.#open.add(done);
    return work;
  }

  /** Resolves once no work of the migration is under way any more. */
  async quiet(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  kindOf(table: string): 'source' | 'target' | undefined {
    if (table === this.options.source) return 'source';
    // a dedicated table has another name in each try
    return table.replace(/\.\d+$/, '') === this.options.target ? 'target' : undefined;
  }

  /** Checks that a call names its own tenant only (I4), and records when the deletion of the source begins (I6). */
  inspect(state: string, request: Request): void {
    const { tenantId, source } = this.options;
    for (const other of tenantsIn(request)) {
      if (other !== tenantId)
        this.wrongs.push(`I4: ${state} calls ${request.operation} for ${other ?? 'no tenant'}`);
    }
    // a rollback makes the source equal to the target, which may delete items
    if (!REVERSE_STATES.includes(state) && removesFrom(source, request))
      this.sourceDeletedAt ??= Date.now() + this.aheadMs;
  }
}

const REVERSE_STATES = ['CatchUpReverse', 'CutOverReverse'];

type BatchRequest = NonNullable<Request['body']['RequestItems']>[string];
type Write = Extract<BatchRequest, readonly unknown[]>[number];
const keyOf = ({ PutRequest, DeleteRequest }: Write) => PutRequest?.Item ?? DeleteRequest?.Key;
const isOurs = (key: unknown): boolean =>
  typeof key === 'object' && key !== null && 'S' in key && isSentinel(entityKey(String(key.S)));

/** Returns the tenants whose partitions a call on tier tables names; undefined for keys of other tables. */
const tenantsIn = ({ operation, body }: Request): Set<string | undefined> => {
  const named = Object.values(body.RequestItems ?? {})
    .flatMap((asked) => (Array.isArray(asked) ? asked.map(keyOf) : asked.Keys))
    .flatMap((key) => (key && isTierKey(key) ? tenantOf(textOf(key[partitionKey.name])) : []));
  const isTierQuery = operation === 'Query' && body.KeyConditionExpression?.startsWith('#t = :t');
  return new Set<string | undefined>([
    ...named,
    ...(isTierQuery ? [tenantOf(textOf(body.ExpressionAttributeValues?.[':t']))] : []),
  ]);
};

const { partitionKey, sortKey } = TABLE_LAYOUT.tableKeys;
const isTierKey = (key: Readonly<Record<string, unknown>>): boolean =>
  partitionKey.name in key && sortKey.name in key;

/** Returns the tenant that a partition key value names. */
const tenantOf = (value: string | undefined): string | undefined =>
  value === undefined
    ? undefined
    : TABLE_LAYOUT.tenantOf({ [partitionKey.name]: { S: value }, [sortKey.name]: { S: 'x' } });

const textOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'S' in value ? String(value.S) : undefined;

const removesFrom = (table: string, { operation, body }: Request): boolean => {
  if (operation === 'DeleteTable') return body.TableName === table;
  const asked = body.RequestItems?.[table] ?? [];
  return (
    Array.isArray(asked) &&
    asked.some(({ DeleteRequest }) => DeleteRequest !== undefined && !isOurs(DeleteRequest.Key[sortKey.name]))
  );
};
