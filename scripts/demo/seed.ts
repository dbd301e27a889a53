import { InvalidRequest } from '../../functions/migration/errors.ts';
import {
  type NewTenant,
  parseNewTenant,
  registerTenant,
} from '../../functions/migration/operator/register-tenant.ts';
import { setPreferences } from '../../functions/migration/operator/set-preferences.ts';
import { BatchWriter } from '../../functions/migration/partition/batch-writer.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Tenant } from '../../functions/migration/registry/tenant.ts';
import type { Settings } from '../../functions/migration/settings/settings.ts';
import { CHOSEN_ID, CHOSEN_SCHOOLS, type DemoDistrict, demoDistricts } from './districts.ts';
import { districtItems } from './school-data.ts';
import { tierItems } from './tier-items.ts';

/** Batches in flight. The embedded engine gains nothing from more. */
const BATCHES = 8;
const SEED = 2026;
/** Number of items between two progress reports. */
const REPORT_ITEMS = 100;

export interface SeedOptions {
  /** Number of items of the chosen district. */
  readonly items?: number;
  /** Number of districts in all, including the chosen one. */
  readonly districts?: number;
  readonly onProgress?: (written: number, total: number) => void;
  /** Stops seeding between two batches. */
  readonly signal?: AbortSignal;
}

export interface SeedResult {
  readonly tenants: readonly Tenant[];
  /** The district that has outgrown its tier. */
  readonly chosen: Tenant;
  readonly items: number;
}

/**
 * Registers the demo's districts and writes their data, with the keys that the settings name. Creates the tables of the tiers if
 * they are missing.
 * @throws InvalidRequest if the chosen district would have fewer items than schools, the settings lack a tier of a district, or a
 * tenant is registered already.
 */
export const seedDemo = async (
  { ports }: { readonly ports: Ports },
  { items, districts: wanted, onProgress = () => {}, signal }: SeedOptions = {},
): Promise<SeedResult> => {
  if (items !== undefined && items < CHOSEN_SCHOOLS)
    throw new InvalidRequest(
      `the chosen district has ${CHOSEN_SCHOOLS} schools and needs at least as many items. Nothing was written.`,
    );
  const districts = demoDistricts(items).slice(0, wanted);
  const total = districts.reduce((sum, district) => sum + district.items, 0);
  checkDistricts(ports.settings, districts);
  const tenants: Tenant[] = [];
  for (const district of districts) tenants.push(await registerDistrict(ports, district));
  let written = 0;
  for (const [n, district] of districts.entries()) {
    const tenant = tenants[n];
    if (!tenant) continue;
    const onWritten = (count: number) => {
      written += count;
      onProgress(written, total);
    };
    await writeItems(ports, tenant, district, onWritten, signal);
  }
  const chosen = tenants.find(({ tenantId }) => tenantId === CHOSEN_ID);
  if (!chosen) throw new RangeError('the chosen district must be the first one');
  return { tenants, chosen, items: total };
};

const newTenantOf = ({ tenantId, name, tier, dedicated = false, schools }: DemoDistrict): NewTenant => ({
  tenantId,
  name,
  tier,
  dedicated,
  schoolCount: schools,
  by: 'demo',
});

/** @throws InvalidRequest if the settings' tiers do not allow a district. */
const checkDistricts = (settings: Settings, districts: readonly DemoDistrict[]): void => {
  try {
    for (const district of districts) parseNewTenant(settings, newTenantOf(district));
  } catch (error) {
    if (!(error instanceof InvalidRequest)) throw error;
    throw new InvalidRequest(
      `the demo districts do not fit the settings: ${error.message}. Start the stack without the demo districts, and register tenants of your own`,
      { cause: error },
    );
  }
};

const registerDistrict = async (ports: Ports, district: DemoDistrict): Promise<Tenant> => {
  const tenant = await registerTenant(ports, newTenantOf(district));
  // the user of the demo moves it manually
  return district.tenantId === CHOSEN_ID
    ? setPreferences(ports, CHOSEN_ID, { autoMigrate: 'off' }, { by: 'demo' })
    : tenant;
};

const writeItems = async (
  ports: Ports,
  tenant: Tenant,
  { tenantId, schools, items }: DemoDistrict,
  onWritten: (count: number) => void,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const settings = { ...ports.settings, batchesInFlight: BATCHES };
  const writer = new BatchWriter({ ...ports, settings }, ports.partition(tenant.tenantId), tenant.table);
  let unreported = 0;
  const made = districtItems({ tenantId, schools, items, seed: SEED });
  for (const item of tierItems(settings, tenant.tenantId, made)) {
    await writer.put(item);
    unreported += 1;
    if (unreported < REPORT_ITEMS) continue;
    signal?.throwIfAborted();
    onWritten(unreported);
    unreported = 0;
  }
  await writer.flush();
  onWritten(unreported);
};
