import { setTimeout as sleep } from 'node:timers/promises';
import type { Ports } from '../../functions/migration/ports.ts';
import { parseSettings, type Settings } from '../../functions/migration/settings/settings.ts';
import { findStack } from '../local/running-stack.ts';
import type { Completion, ReadValues } from './complete-words.ts';
import { isEmbeddedStack } from './embedded-stack.ts';
import { firstOrUndefined } from './first-of.ts';
import { readGivenSettings } from './read-settings.ts';

/** Maximum number of ids that are read. */
const MAX_IDS = 200;
/** Maximum time that reading them may take, in ms: the user is waiting in the middle of a line. */
const MAX_READ_MS = 2_000;

/** Builds the ports of a running local stack; undefined if none is running. */
export type ConnectLocally = () => Promise<Ports | undefined>;

/**
 * Returns a function that reads values from the settings and from a running local stack. It never reads from AWS, where
 * each completion would cost time and money.
 */
export const readValuesOf =
  (settings: () => Promise<Settings>, connect: ConnectLocally): ReadValues =>
  async (name) => {
    const read = async (kind: string): Promise<readonly Completion[]> => {
      if (kind === 'tier') return (await settings()).tiers.map(({ name: tier }) => ({ value: tier }));
      const reader = READERS[kind];
      const ports = reader && (await connect());
      return ports ? reader(ports) : [];
    };
    // an argument may have several kinds of values, e.g. `migration|tenant`
    const all = Promise.all(name.split('|').map(read)).then((found) => found.flat());
    return Promise.race([all, sleep(MAX_READ_MS, [], { ref: false })]);
  };

const READERS: Readonly<Record<string, (ports: Ports) => Promise<readonly Completion[]>>> = {
  tenant: async ({ registry }) =>
    (await firstOrUndefined(registry.tenants(), MAX_IDS)).map(({ tenantId, tier }) => ({
      value: tenantId,
      description: tier,
    })),
  migration: async ({ migrations }) =>
    (await firstOrUndefined(migrations.list({}), MAX_IDS)).map(({ migrationId, tenantId, status }) => ({
      value: migrationId,
      description: `${tenantId}, ${status}`,
    })),
  table: async ({ registry }) =>
    (await firstOrUndefined(registry.tables(), MAX_IDS)).map(({ table, tier }) => ({
      value: table,
      description: tier,
    })),
};

/** Reads the settings as every command does. */
export const settingsIn = async (env: NodeJS.ProcessEnv): Promise<Settings> =>
  parseSettings(await readGivenSettings(undefined, env));

/** Connects to the stack of the environment, or to the one that was started in the folder or above it. */
export const connectLocally = async (env: NodeJS.ProcessEnv, folder: string): Promise<Ports | undefined> => {
  const local = isEmbeddedStack(env) ? env : (await findStack(folder))?.env;
  if (!local) return undefined;
  // the SDK reads its configuration from the process
  Object.assign(process.env, local);
  const { connect } = await import('./connect.ts');
  return connect(await settingsIn({ ...env, ...local }), { ...env, ...local }, {});
};
