import type { LambdaSettings } from './lambda-settings.ts';

/** An environment that runs one invocation. The first call of `release` or `lose` ends its use; later calls have no effect. */
export interface EnvironmentLease {
  /** True if it has run before, so that it needs no cold start. */
  readonly isWarm: boolean;
  /** Keeps it for the next invocation of its function. */
  release(): void;
  /** Discards the environment: its process has ended. */
  lose(): void;
}

type Limits = Pick<LambdaSettings, 'accountConcurrency' | 'reservedConcurrency' | 'keptMs'>;

/** Lambda's execution environments: they limit concurrency, and warm ones avoid cold starts. */
export class Environments {
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #busy = new Map<string, number>();
  /** Times since when each environment of a function is idle, in ms of `now`, longest first. */
  readonly #idle = new Map<string, number[]>();

  /** @param now a monotonic clock, in ms. */
  constructor(limits: Limits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Takes an environment. @returns undefined if the concurrency limit is reached */
  take(name: string): EnvironmentLease | undefined {
    if (this.#free(name) <= 0) return undefined;
    this.#busy.set(name, (this.#busy.get(name) ?? 0) + 1);
    const kept = (this.#idle.get(name) ?? []).filter((since) => this.#now() - since < this.#limits.keptMs);
    const isWarm = kept.pop() !== undefined;
    this.#idle.set(name, kept);
    let isTaken = true;
    const returnEnvironment = (): boolean => {
      if (!isTaken) return false;
      isTaken = false;
      this.#busy.set(name, (this.#busy.get(name) ?? 1) - 1);
      return true;
    };
    return {
      isWarm,
      lose: returnEnvironment,
      release: () => {
        if (returnEnvironment()) this.#idle.get(name)?.push(this.#now());
      },
    };
  }

  /**
   * Returns how many more invocations may run. A function's reserved concurrency is its limit, too, and no other function
   * uses it. [Configuring reserved concurrency for a function]
   */
  #free(name: string): number {
    const { accountConcurrency, reservedConcurrency } = this.#limits;
    const reserved = reservedConcurrency[name];
    if (reserved !== undefined) return reserved - (this.#busy.get(name) ?? 0);
    const unreserved = accountConcurrency - sum(Object.values(reservedConcurrency));
    return (
      unreserved - sum([...this.#busy].flatMap(([one, busy]) => (one in reservedConcurrency ? [] : busy)))
    );
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
