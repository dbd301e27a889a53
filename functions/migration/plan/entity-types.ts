import type { Survey } from '../segment.ts';

type Sums = { readonly items: number; readonly bytes: number };

/** Types that are told apart. A tenant has some ten; a table that misuses the attribute must not burst our records. */
const TOLD_APART = 100;
/** Characters of a type's name; of a longer one the beginning is kept, so that longer names with one beginning count together. */
const NAME_CHARACTERS = 100;
const OTHERS = '(others)';

/** Counts and bytes by entity type: the first hundred types that come, and the others together. */
export class EntityTypes {
  readonly #sums = new Map<string, Sums>();

  add(type: string, { items, bytes }: Sums): void {
    const short = shortened(type);
    const name = this.#sums.has(short) || this.#sums.size < TOLD_APART ? short : OTHERS;
    const sum = this.#sums.get(name);
    this.#sums.set(name, { items: (sum?.items ?? 0) + items, bytes: (sum?.bytes ?? 0) + bytes });
  }

  /** A type may have any name, `__proto__` among them, which `fromEntries` takes for a name like any other. */
  value(): Survey['byEntityType'] {
    return Object.fromEntries(this.#sums);
  }
}

const shortened = (name: string): string =>
  name.length <= NAME_CHARACTERS ? name : `${name.slice(0, NAME_CHARACTERS - 1).toWellFormed()}…`;
