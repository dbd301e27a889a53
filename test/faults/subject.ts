import { isSentinel } from '../../functions/migration/capture/sentinel.ts';
import { entityKey, type TableName, type TenantId } from '../../functions/migration/names.ts';
import { type CallId, kindOf, nameOf, type Request } from './calls.ts';
import type { FaultName, Surrounding } from './faults.ts';

/** A fault, and the call that it befalls. */
export interface Plant {
  readonly at: CallId;
  readonly fault: FaultName;
}

export interface SubjectOptions {
  readonly tenantId: TenantId;
  /** Where its migration comes from, and goes to at the first try. */
  readonly source: TableName;
  readonly target: TableName;
  /** How the ids of its migrations end. */
  readonly token: string;
  readonly plants: readonly Plant[];
  /** How long something takes that takes its time, in ms. */
  readonly slowMs: number;
}

/** A tenant that is migrated while faults befall it, and what is known of its migration's calls. */
export class Subject {
  readonly options: SubjectOptions;
  /** What is wrong with calls that were made. */
  readonly wrongs: string[] = [];
  /** Faults that have befallen it. */
  readonly fired: Plant[] = [];
  /** What is done before a state's handler runs, by the state's name. */
  readonly hooks = new Map<string, () => Promise<void>>();
  /** Every key is written by the application, and what happens around it: set by the run. */
  rewrite: () => Promise<unknown> = () => Promise.resolve();
  surround: (fault: Surrounding) => Promise<void> = () => Promise.resolve();
  /** Goes up when the workflow is killed: what was begun before doesn't act any more. */
  generation = 0;
  outageUntil = 0;
  /** How far the wall clock of everything that works for it is ahead, in ms: so long has it waited for the operator. */
  aheadMs = 0;
  /** When the first item of the source was deleted by the clean-up, on the wall clock. */
  sourceDeletedAt: number | undefined;
  readonly #counts = new Map<string, number>();
  readonly #open = new Set<Promise<unknown>>();
  readonly #order: CallId[] = [];
  #nextFlip = Promise.withResolvers<void>();

  constructor(options: SubjectOptions) {
    this.options = options;
  }

  /** All calls so far, in their order. */
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

  /** The fault that befalls this call, once. */
  faultAt(id: CallId): FaultName | undefined {
    const plant = this.options.plants.find(
      (one) => !this.fired.includes(one) && nameOf(one.at) === nameOf(id),
    );
    if (plant) this.fired.push(plant);
    return plant?.fault;
  }

  /** Resolves once the tenant flips next, either way. */
  get nextFlip(): Promise<void> {
    return this.#nextFlip.promise;
  }

  hasFlipped(): void {
    this.#nextFlip.resolve();
    this.#nextFlip = Promise.withResolvers();
  }

  /** Something that goes on although nobody may wait for it. */
  leave<T>(work: Promise<T>): Promise<T> {
    const settled: Promise<unknown> = work.then(
      () => this.#open.delete(settled),
      () => this.#open.delete(settled),
    );
    this.#open.add(settled);
    return work;
  }

  /** Resolves when nothing of the migration is under way any more. */
  async quiet(): Promise<void> {
    while (this.#open.size > 0) await Promise.all(this.#open);
  }

  kindOf(table: string): 'source' | 'target' | undefined {
    if (table === this.options.source) return 'source';
    // a table of its own has another name each time that it is tried
    return table.replace(/\.\d+$/, '') === this.options.target ? 'target' : undefined;
  }

  /** Looks whether a call keeps to its tenant (I4), and when the source begins to go (I6). */
  inspect(state: string, request: Request): void {
    const { tenantId, source } = this.options;
    for (const other of tenantsIn(request)) {
      if (other !== tenantId)
        this.wrongs.push(`I4: ${state} calls ${request.operation} for ${other ?? 'nobody'}`);
    }
    // on its way back the source is made as the target, deletions among it
    if (!WAY_BACK.includes(state) && removesFrom(source, request))
      this.sourceDeletedAt ??= Date.now() + this.aheadMs;
  }
}

const WAY_BACK = ['CatchUpBack', 'CutBack'];

type Asked = NonNullable<Request['body']['RequestItems']>[string];
type Write = Extract<Asked, readonly unknown[]>[number];
const keyOf = ({ PutRequest, DeleteRequest }: Write) => PutRequest?.Item ?? DeleteRequest?.Key;
const isOurs = (key: unknown): boolean =>
  typeof key === 'object' && key !== null && 'S' in key && isSentinel(entityKey(String(key.S)));

/** Whose partitions a call on tier tables names; other tables' keys have no tenant. */
const tenantsIn = ({ operation, body }: Request): Set<string | undefined> => {
  const named = Object.values(body.RequestItems ?? {})
    .flatMap((asked) => (Array.isArray(asked) ? asked.map(keyOf) : asked.Keys))
    .flatMap((key) => (key?.entityKey && key.tenantId ? key.tenantId.S : []));
  const isTierQuery = operation === 'Query' && body.KeyConditionExpression?.startsWith('#t = :t');
  return new Set<string | undefined>([
    ...named,
    ...(isTierQuery ? [textOf(body.ExpressionAttributeValues?.[':t'])] : []),
  ]);
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && 'S' in value ? String(value.S) : undefined;

const removesFrom = (table: string, { operation, body }: Request): boolean => {
  if (operation === 'DeleteTable') return body.TableName === table;
  const asked = body.RequestItems?.[table] ?? [];
  return (
    Array.isArray(asked) &&
    asked.some(({ DeleteRequest }) => DeleteRequest !== undefined && !isOurs(DeleteRequest.Key.entityKey))
  );
};
