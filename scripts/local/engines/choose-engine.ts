import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TierferryError } from '../../../functions/migration/errors.ts';
import { findJava, INSTALL_JAVA } from '../java.ts';
import { dynamoDbLocal } from './dynamodb-local.ts';
import { dynoxide } from './dynoxide.ts';
import type { EngineName, EngineProgram } from './program.ts';

/** No engine can be started on this machine; the message says what to install. */
class EngineNotFound extends TierferryError {}

const NOT_INSTALLED =
  'the native engine @dynoxide/linux-x64 is not installed (an optional dependency, for Linux on x64)';

export interface EngineChoice {
  /** The default is DynamoDB Local, or the native engine if Java is missing. */
  readonly wanted?: EngineName | undefined;
  /** Folder in which each engine has a subfolder for its data; absent for in memory. */
  readonly dataDir?: string | undefined;
  /** See `EngineOptions`. */
  readonly databasePerAccessKey?: boolean | undefined;
  readonly jvmOptions?: readonly string[] | undefined;
}

/**
 * Chooses the requested engine, or the best one that this machine can run.
 * @throws EngineNotFound
 */
export const chooseEngine = async ({
  wanted,
  dataDir,
  databasePerAccessKey = false,
  jvmOptions,
}: EngineChoice): Promise<EngineProgram> => {
  const folderOf = (engine: EngineName) => dataDir && join(dataDir, engine);
  if (wanted === 'dynoxide') {
    const native = await dynoxide(folderOf('dynoxide'));
    if (!native)
      throw new EngineNotFound(`${NOT_INSTALLED}; leave out --engine dynoxide and ${INSTALL_JAVA}`);
    return native;
  }
  const java = await findJava();
  if ('path' in java)
    return dynamoDbLocal(java.path, {
      folder: folderOf('dynamodb-local'),
      databasePerAccessKey,
      jvmOptions,
    });
  if (wanted === 'dynamodb-local') throw new EngineNotFound(`${java.missing}; ${INSTALL_JAVA}`);
  const other = folderOf('dynamodb-local');
  if (other && existsSync(other)) {
    throw new EngineNotFound(
      `the data in ${dataDir} needs DynamoDB Local, but ${java.missing}; ${INSTALL_JAVA}, or choose another folder`,
    );
  }
  const native = await dynoxide(folderOf('dynoxide'));
  if (!native) throw new EngineNotFound(`${java.missing}; ${INSTALL_JAVA}; ${NOT_INSTALLED}`);
  return { ...native, warnings: [`${java.missing}: the native engine dynoxide is used instead`] };
};
