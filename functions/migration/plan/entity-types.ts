import type { Survey } from '../segment.ts';

type Sums = { readonly items: number; readonly bytes: number };

/** Types that are told apart. A tenant has some ten; a table that misuses the attribute must not burst our records. */
const TOLD_APART = 100;
const OTHERS = '(others)';

/** Counts and bytes by entity type: the first hundred types that come, and the others together. */
export class EntityTypes {
  readonly #sums = new Map<string, Sums>();

  add(type: string, { items, bytes }: Sums): void {
    const name = this.#sums.has(type) || this.#sums.size < TOLD_APART ? type : OTHERS;
    const sum = this.#sums.get(name);
    this.#sums.set(name, { items: (sum?.items ?? 0) + items, bytes: (sum?.bytes ?? 0) + bytes });
  }

  /** A type may have any name, `__proto__` among them, which `fromEntries` takes for a name like any other. */
  value(): Survey['byEntityType'] {
    return Object.fromEntries(this.#sums);
  }
}
