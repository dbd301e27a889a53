import { portsFromEnv } from '../../functions/aws/ports.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import type { Settings } from '../../functions/migration/settings/settings.ts';
import { SettingsMissing } from './explain.ts';

const STATE_MACHINES = ['TIERFERRY_STATE_MACHINE_ARN', 'TIERFERRY_ROLLBACK_STATE_MACHINE_ARN'] as const;

/**
 * Builds the ports from the environment and the SDK's own configuration, for AWS and the embedded stack alike.
 * @throws SettingsMissing if the command needs the state machines and their ARNs are not set.
 */
export const connect = (
  settings: Settings,
  env: NodeJS.ProcessEnv,
  { workflow = false }: { readonly workflow?: boolean },
): Ports => {
  const missing = STATE_MACHINES.filter((name) => !env[name]);
  if (workflow && missing.length > 0) {
    throw new SettingsMissing(
      `no state machines are configured. Nothing was changed. Set ${missing.join(' and ')} to the deployment's state machines, or start 'tierferry local' in this folder: commands find it there by themselves.`,
    );
  }
  return portsFromEnv({ ...env, TIERFERRY_SETTINGS: JSON.stringify(settings) });
};
