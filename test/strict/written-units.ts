import type { TableName } from '../../functions/migration/names.ts';
import type { Partition } from '../../functions/migration/partition/partition-port.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { mostInWindow } from '../support/most-in-window.ts';

/** The time over which a write limit is measured, in ms. */
const WINDOW_MS = 10_000;

interface UnitTotals {
  /** Time of the call, in ms of the monotonic clock. */
  readonly at: number;
  readonly table: TableName;
  readonly units: number;
}

/**
 * The units that writes to tier tables have consumed, as DynamoDB answered, by the time at which each call was made.
 */
export class WrittenUnits {
  readonly #written: UnitTotals[] = [];

  /** Returns the same ports, counting the writes of all their partitions. */
  counting(ports: Ports): Ports {
    return { ...ports, partition: (tenantId) => this.#counted(ports.partition(tenantId)) };
  }

  #counted(partition: Partition): Partition {
    return {
      count: (...given) => partition.count(...given),
      read: (...given) => partition.read(...given),
      get: (...given) => partition.get(...given),
      countInIndex: (...given) => partition.countInIndex(...given),
      write: async (...given) => {
        const at = performance.now();
        const done = await partition.write(...given);
        this.#written.push({ at, table: given[0], units: done.units });
        return done;
      },
    };
  }

  /** Returns the most units that were written to a table in any 10 s. */
  most(table: TableName): number {
    return mostInWindow(this.#of(table), WINDOW_MS);
  }

  /**
   * Returns lines of a table: the units of each 10 s since the first write to one of these tables, next to the limit.
   */
  overTime(tables: readonly TableName[], unitsPerSecond: number): string[] {
    const columns = tables.map((table) => this.#of(table));
    const begin = Math.min(...columns.map(([first]) => first?.at ?? Number.POSITIVE_INFINITY));
    const last = Math.max(...columns.map((calls) => calls.at(-1)?.at ?? begin));
    const row = (...cells: (string | number)[]) => cells.map((cell) => String(cell).padStart(10)).join('');
    const lines = [row('from', 'to', ...tables.map((_, n) => `table ${n + 1}`), 'limit')];
    for (let from = begin; from <= last; from += WINDOW_MS) {
      const sums = columns.map((calls) =>
        calls
          .filter(({ at }) => at >= from && at < from + WINDOW_MS)
          .reduce((sum, { units }) => sum + units, 0),
      );
      const [start, limit] = [Math.round((from - begin) / 1_000), (unitsPerSecond * WINDOW_MS) / 1_000];
      lines.push(row(`${start} s`, `${start + WINDOW_MS / 1_000} s`, ...sums.map(Math.round), limit));
    }
    return [...tables.map((table, n) => `  table ${n + 1}: ${table}`), ...lines];
  }

  #of(table: TableName): UnitTotals[] {
    return this.#written.filter((call) => call.table === table).sort((a, b) => a.at - b.at);
  }
}
