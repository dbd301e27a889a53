import type { Survey } from '../segment.ts';

type Sums = { readonly items: number; readonly bytes: number };

/**
 * Maximum number of entity types counted separately. A tenant has about ten. The cap keeps a table that misuses the
 * attribute from overflowing the control records.
 */
const MAX_ENTITY_TYPES = 100;
/** Maximum number of characters of a type's name. Longer names that begin alike are counted together. */
const NAME_CHARACTERS = 100;
const OTHERS = '(others)';

/** Counts and bytes by entity type: the first hundred types separately, all further ones together. */
export class EntityTypes {
  readonly #sums = new Map<string, Sums>();

  add(type: string, { items, bytes }: Sums): void {
    const short = shortened(type);
    const name = this.#sums.has(short) || this.#sums.size < MAX_ENTITY_TYPES ? short : OTHERS;
    const sum = this.#sums.get(name);
    this.#sums.set(name, { items: (sum?.items ?? 0) + items, bytes: (sum?.bytes ?? 0) + bytes });
  }

  /** Returns the sums. `fromEntries` accepts any type name, including `__proto__`. */
  value(): Survey['byEntityType'] {
    return Object.fromEntries(this.#sums);
  }
}

const shortened = (name: string): string =>
  name.length <= NAME_CHARACTERS ? name : `${name.slice(0, NAME_CHARACTERS - 1).toWellFormed()}…`;
