import type { Body } from '../call.ts';

interface TableState {
  readonly status: 'CREATING' | 'UPDATING' | 'DELETING';
  readonly until: number;
  readonly hasIndexes: boolean;
  /** Its last description; a table that is DELETING is gone from the engine. */
  readonly description: Body;
}

interface IndexState {
  readonly status: 'CREATING' | 'DELETING';
  /** When its backfilling begins. */
  readonly allocated: number;
  readonly until: number;
  /** Its last description; an index that is DELETING is gone from the engine. */
  readonly description: Body;
}

/** What the tables are in the middle of, by name; several rules depend on it. */
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

  /** When a table became ACTIVE; undefined for a table that was there before the layer. */
  activeSince(table: string): number | undefined {
    return this.#activeAt.get(table);
  }

  /** Names and states of the tables that are in the middle of a change. */
  inTransition(): (readonly [string, TableState])[] {
    return [...this.#tables.keys()].flatMap((table) => {
      const state = this.of(table);
      return state ? [[table, state] as const] : [];
    });
  }
}
