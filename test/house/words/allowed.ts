/** A violation that stays, and the reason. */
export interface Allowed {
  readonly file: string;
  /** The start of what was found. */
  readonly found: string;
  readonly because: string;
}

export const ALLOWED: readonly Allowed[] = [];
