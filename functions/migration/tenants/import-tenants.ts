import { Conflict, InvalidRequest, NoFreeSlot, NotSafe, RecordDamaged, TierferryError } from '../errors.ts';
import { type TableName, tableName } from '../names.ts';
import { checkExists } from '../operator/add-table.ts';
import { checkTable } from '../operator/ensure-table.ts';
import {
  checkDedicatedTable,
  checkNamedTable,
  checkNotBeingRemoved,
  type NewTenant,
  parseNewTenant,
  registerTenant,
} from '../operator/register-tenant.ts';
import type { Ports } from '../ports.ts';
import { type ChosenTable, chooseTable, type PlacementRequest } from '../provision/choose-table.ts';
import { newTable } from '../registry/new-table.ts';
import type { Tenant } from '../registry/tenant.ts';
import type { RegisteredTables, TierTable } from '../registry/tier-table.ts';
import { parseTenantName } from './rename-tenant.ts';

/** A tenant to be imported. */
export interface ImportedTenant extends Omit<NewTenant, 'name' | 'by' | 'reason'> {
  /** Display name; absent for the id. The name of a tenant that is registered already is compared only if it is given. */
  readonly name?: string | undefined;
}

const nameOf = ({ name, tenantId }: ImportedTenant): string => parseTenantName(name ?? tenantId);

/**
 * Result for one tenant of an import. `registered`: it is registered now; with a dry run, it would be. `unchanged`: it was
 * registered before, with these values. `different`: it was registered before with other values, and was not changed.
 * `failed`: it could not be registered.
 */
export type ImportResult =
  | {
      readonly kind: 'registered';
      readonly tenantId: string;
      readonly table: TableName;
      /** True if the table is, or would be, created or added to the registry for this tenant. */
      readonly isNewTable: boolean;
    }
  | { readonly kind: 'unchanged'; readonly tenantId: string; readonly table: TableName }
  | {
      readonly kind: 'different';
      readonly tenantId: string;
      readonly table: TableName;
      /** Names of the fields that differ. */
      readonly fields: readonly ImportedField[];
    }
  | { readonly kind: 'failed'; readonly tenantId: string; readonly code: string; readonly message: string };

export type ImportedField = 'name' | 'tier' | 'placement' | 'table';

export interface ImportOptions {
  readonly by: string;
  readonly reason?: string | undefined;
  /** True to change nothing. */
  readonly dryRun?: boolean;
  /** Called with the result of each tenant, in the order of the tenants. */
  readonly onResult?: (result: ImportResult, position: number) => void;
  /** Stops the import between two tenants. */
  readonly signal?: AbortSignal;
}

/** A problem of one tenant of an import, by its position from 0. */
export interface ImportProblem {
  readonly position: number;
  readonly message: string;
}

/**
 * Checks all tenants of an import against each other and the catalogue, and changes nothing.
 * @returns the problems; empty if the import may begin.
 */
export const importProblems = (
  ports: Pick<Ports, 'settings'>,
  tenants: readonly ImportedTenant[],
): readonly ImportProblem[] => {
  const seen = new Map<string, number>();
  return tenants.flatMap((tenant, position) => {
    const first = seen.get(tenant.tenantId);
    seen.set(tenant.tenantId, first ?? position);
    if (first !== undefined)
      return [{ position, message: `tenant ${tenant.tenantId} is contained twice. Nothing was changed` }];
    try {
      parseNewTenant(ports.settings, { ...tenant, name: nameOf(tenant), by: '' });
      return [];
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      return [{ position, message: error.message }];
    }
  });
};

/**
 * Registers many tenants, one after the other, in tables of their tiers with free slots. Tenants that are registered already are
 * left alone, so an import that was interrupted is continued by importing again. A tenant that cannot be registered does not
 * stop the import.
 * @returns the results, in the order of the tenants.
 * @throws InvalidRequest if a tenant is not valid. Nothing was changed.
 * @throws Throttled, Unavailable if DynamoDB does not answer. Tenants before that are registered.
 */
export const importTenants = async (
  ports: Ports,
  tenants: readonly ImportedTenant[],
  options: ImportOptions,
): Promise<readonly ImportResult[]> => {
  const [problem] = importProblems(ports, tenants);
  if (problem) throw new InvalidRequest(problem.message);
  const tables = new ImportedTables(ports);
  const results: ImportResult[] = [];
  for (const [position, tenant] of tenants.entries()) {
    options.signal?.throwIfAborted();
    const result = await importTenant(ports, tenant, options, tables);
    results.push(result);
    options.onResult?.(result, position);
  }
  return results;
};

const importTenant = async (
  ports: Ports,
  given: ImportedTenant,
  { by, reason, dryRun = false }: ImportOptions,
  tables: ImportedTables,
): Promise<ImportResult> => {
  const { tenantId } = given;
  const name = nameOf(given);
  const request = parseNewTenant(ports.settings, { ...given, name, by });
  try {
    const found = await ports.registry.tenant(request.tenantId);
    if (found) return compare(found, given, request);
    if (dryRun) return await tables.place(given, request);
    const before = await tables.read();
    const known = { registered: before, checked: tables.checked };
    const { table } = await registerTenant(ports, { ...given, name, by, reason }, known);
    const isNewTable = !before.tables.some((one) => one.table === table);
    tables.add(table, request);
    return { kind: 'registered', tenantId, table, isNewTable };
  } catch (error) {
    if (!FAILURES.some((one) => error instanceof one) || !(error instanceof TierferryError)) throw error;
    // another process has changed a table, or a table was registered before the tenant was refused
    tables.forget();
    return { kind: 'failed', tenantId, code: error.code, message: error.message };
  }
};

/** Errors about one tenant. Others are about all of them. */
const FAILURES = [InvalidRequest, NotSafe, Conflict, NoFreeSlot, RecordDamaged] as const;

/** @throws TenantBeingRemoved */
const compare = (known: Tenant, given: ImportedTenant, request: PlacementRequest): ImportResult => {
  checkNotBeingRemoved(known);
  const { tenantId, table } = known;
  const differs: Readonly<Record<ImportedField, boolean>> = {
    name: given.name !== undefined && known.name !== nameOf(given),
    tier: known.tier !== request.tier.name,
    placement: known.placement !== request.placement,
    table: given.table !== undefined && known.table !== given.table,
  };
  const fields = FIELDS.filter((field) => differs[field]);
  return fields.length === 0
    ? { kind: 'unchanged', tenantId, table }
    : { kind: 'different', tenantId, table, fields };
};

const FIELDS: readonly ImportedField[] = ['name', 'tier', 'placement', 'table'];

/** The registry's tables, read once and then kept up to date: an import would otherwise read them for each tenant. */
class ImportedTables {
  readonly #ports: Ports;
  readonly #checked = new Set<TableName>();
  #tables: RegisteredTables | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Tables in which this import has registered tenants, so that each is compared with the catalogue's design once. */
  get checked(): ReadonlySet<TableName> {
    return this.#checked;
  }

  async read(): Promise<RegisteredTables> {
    this.#tables ??= await this.#ports.registry.allTables();
    return this.#tables;
  }

  forget(): void {
    this.#checked.clear();
    this.#tables = undefined;
  }

  /** Notes that a tenant occupies a slot of the table. */
  add(table: TableName, { tenantId, tier, placement }: PlacementRequest): void {
    const { tables = [], damaged = [] } = this.#tables ?? {};
    const owner = placement === 'dedicated' ? { tenantId } : undefined;
    const found = tables.find((one) => one.table === table) ?? newTable(tier, table, owner);
    const rest = tables.filter((one) => one.table !== table);
    this.#tables = { tables: [...rest, withTenant(found)], damaged };
    this.#checked.add(table);
  }

  /** Returns the result that registering the tenant would have, and notes the slot. @throws InvalidRequest, NotSafe */
  async place(given: ImportedTenant, request: PlacementRequest): Promise<ImportResult> {
    const registered = await this.read();
    const { table, isRegistered } =
      given.table === undefined
        ? await this.#chooseTable(request, registered)
        : await this.#findTable(tableName(given.table), request, registered);
    this.add(table, request);
    return { kind: 'registered', tenantId: given.tenantId, table, isNewTable: !isRegistered };
  }

  async #chooseTable(request: PlacementRequest, registered: RegisteredTables): Promise<ChosenTable> {
    const chosen = chooseTable(this.#ports.settings, request, registered);
    if (request.placement === 'dedicated') await checkDedicatedTable(this.#ports, request.tenantId, chosen);
    if (!this.#checked.has(chosen.table)) await checkTable(this.#ports, chosen.table);
    return chosen;
  }

  async #findTable(
    table: TableName,
    { tier, placement, tenantId }: PlacementRequest,
    { tables }: RegisteredTables,
  ): Promise<ChosenTable> {
    const known = tables.find((one) => one.table === table);
    if (known) checkNamedTable(known, tier, placement === 'dedicated' ? { tenantId } : undefined);
    else {
      await checkExists(this.#ports, tier, table);
      await checkTable(this.#ports, table, { isAdopted: true });
    }
    return { table, isRegistered: known !== undefined };
  }
}

const withTenant = (table: TierTable): TierTable => ({
  ...table,
  freeSlots: table.freeSlots - 1,
  tenants: table.tenants + 1,
});
