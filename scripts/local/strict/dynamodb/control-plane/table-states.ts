import type { Body } from '../call.ts';

interface TableState {
  readonly status: 'CREATING' | 'UPDATING' | 'DELETING';
  readonly until: number;
  readonly hasIndexes: boolean;
  /** Last description of the table, since the engine does not have one that is DELETING. */
  readonly description: Body;
}

interface IndexState {
  readonly status: 'CREATING' | 'DELETING';
  /** Time at which its backfilling begins, in ms of `now`. */
  readonly allocated: number;
  readonly until: number;
  /** Last description of the index, since the engine does not have one that is DELETING. */
  readonly description: Body;
}

/** The transitions of tables and indexes, by table name. Several rules share them. */
export class TableStates {
  readonly now: () => number;
  readonly #tables = new Map<string, TableState>();
  readonly #indexes = new Map<string, Map<string, IndexState>>();
  readonly #activeAt = new Map<string, number>();

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Begins a state that lasts `ms`. */
  begin(table: string, ms: number, state: Omit<TableState, 'until'>): void {
    const until = this.now() + ms;
    this.#tables.set(table, { ...state, until });
    if (state.status === 'CREATING') this.#activeAt.set(table, until);
    if (state.status !== 'UPDATING') this.#indexes.delete(table);
    if (state.status === 'DELETING') this.#activeAt.delete(table);
  }

  beginIndex(table: string, index: string, state: IndexState): void {
    const indexes = this.#indexes.get(table) ?? new Map<string, IndexState>();
    this.#indexes.set(table, indexes.set(index, state));
  }

  /** @returns undefined for a table that is ACTIVE or unknown. */
  of(table: string): TableState | undefined {
    const state = this.#tables.get(table);
    if (state && state.until > this.now()) return state;
    this.#tables.delete(table);
    return undefined;
  }

  indexesOf(table: string): ReadonlyMap<string, IndexState> {
    const indexes = this.#indexes.get(table) ?? new Map<string, IndexState>();
    for (const [name, { until }] of indexes) if (until <= this.now()) indexes.delete(name);
    return indexes;
  }

  /** Returns the time at which a table became ACTIVE; undefined for a table that is older than this layer. */
  activeSince(table: string): number | undefined {
    return this.#activeAt.get(table);
  }

  /** Returns the names and states of the tables that are changing. */
  inTransition(): (readonly [string, TableState])[] {
    return [...this.#tables.keys()].flatMap((table) => {
      const state = this.of(table);
      return state ? [[table, state] as const] : [];
    });
  }
}
