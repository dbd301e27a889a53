import type { StackOptions } from '../../scripts/local/stack.ts';

/** Stops executions before a state begins: the state's call never ends. */
export class StopPoints {
  readonly #armed = new Set<string>();
  readonly #reached = new Map<string, unknown>();
  readonly #ran = new Set<string>();

  /** Value for `StackOptions.wrapHandler`. */
  readonly wrapHandler: NonNullable<StackOptions['wrapHandler']> = (name, run) => (ports, event, context) => {
    if (this.#armed.has(name)) {
      this.#reached.set(name, event);
      return new Promise(() => {});
    }
    this.#ran.add(name);
    return run(ports, event, context);
  };

  arm(state: string): void {
    this.#armed.add(state);
  }

  /** Returns the input of a state at which an execution has stopped; undefined if none has. */
  inputAt(state: string): unknown {
    return this.#reached.get(state);
  }

  /** True if a state has run. */
  hasRun(state: string): boolean {
    return this.#ran.has(state);
  }
}
