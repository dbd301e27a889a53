import { textOf } from './records.ts';
import { UnroutableRequest } from './unroutable-request.ts';

/** Decides by its name whether a table is the tenants'. */
export class TenantTables {
  /** The names by which the application calls the tenants' table. The first one is suggested in errors. */
  readonly #names: ReadonlySet<string>;
  readonly #isLive: (table: string) => boolean;

  constructor(names: readonly string[], isLive: (table: string) => boolean) {
    this.#names = new Set(names);
    this.#isLive = isLive;
  }

  /**
   * True if the name, or the ARN, is that of the tenants' table.
   * @throws UnroutableRequest if it is that of a tier table: a request that names it bypasses leases and fences.
   */
  has(operation: string, nameOrArn: unknown): nameOrArn is string {
    const table = nameIn(nameOrArn);
    if (table === undefined) return false;
    if (this.#names.has(table)) return true;
    if (!this.#isLive(table)) return false;
    const [name] = this.#names;
    throw new UnroutableRequest(
      operation,
      'tier-table-named',
      `the request names the tier table ${table}, which holds a tenant only for now`,
      `Name the table ${name} instead.`,
    );
  }

  /** True if the name, or the ARN, is that of the tenants' table. Other tables are the caller's own affair. */
  isNamed(nameOrArn: unknown): boolean {
    const table = nameIn(nameOrArn);
    return table !== undefined && this.#names.has(table);
  }
}

/** Returns the table's name: of an ARN, the part after `table/`. */
const nameIn = (nameOrArn: unknown): string | undefined => {
  const text = textOf(nameOrArn);
  return text?.startsWith('arn:') ? /:table\/([^/]+)/.exec(text)?.[1] : text;
};
