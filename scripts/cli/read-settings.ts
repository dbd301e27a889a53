import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { parseSettings, type Settings } from '../../functions/migration/settings.ts';

/**
 * The deployment's settings: from `--settings FILE`, else from TIERFERRY_SETTINGS (JSON), else the defaults.
 * @throws InvalidRequest with one line that says what is wrong and where.
 */
export const readSettings = (file: string | undefined, env: NodeJS.ProcessEnv): Settings =>
  parseSettings(readGivenSettings(file, env));

/** What was given, checked, without the defaults for what was not. @throws InvalidRequest as `readSettings` */
export const readGivenSettings = (file: string | undefined, env: NodeJS.ProcessEnv): unknown => {
  if (file !== undefined) return parse(read(file), `settings file ${file}`);
  return parse(env.TIERFERRY_SETTINGS ?? '{}', 'TIERFERRY_SETTINGS');
};

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InvalidRequest(`settings file ${file} can't be read: ${messageOf(error)}`, { cause: error });
  }
};

const parse = (text: string, where: string): unknown => {
  try {
    const given: unknown = JSON.parse(text);
    parseSettings(given);
    return given;
  } catch (error) {
    if (error instanceof z.ZodError) {
      const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'top level'}: ${message}`);
      throw new InvalidRequest(`${where}: ${issues.join('; ')}`, { cause: error });
    }
    throw new InvalidRequest(`${where} is not JSON: ${messageOf(error)}`, { cause: error });
  }
};

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
