import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { InvalidRequest } from '../../functions/migration/errors.ts';
import { settingsIn } from '../../functions/migration/settings/config.ts';

/** The settings file that is read by default, as `cdk deploy` does. */
const CONFIG = 'tierferry.config.ts';
/** Extensions of files that are imported as modules; any other file is parsed as JSON, e.g. `/dev/stdin`. */
const MODULES = ['.ts', '.mts', '.js', '.mjs'];

/**
 * Reads and checks the deployment's settings, without filling in defaults. They come from `--settings FILE` (JSON, or a
 * module like `tierferry.config.ts`), else from TIERFERRY_SETTINGS (JSON), else from `tierferry.config.ts` in the
 * current folder, if it is there.
 * @throws InvalidRequest with one line that names the place and the fault.
 */
export const readGivenSettings = async (
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<unknown> => {
  if (file !== undefined) return readSettingsFile(file);
  if (env.TIERFERRY_SETTINGS !== undefined)
    return parseSettingsJson(env.TIERFERRY_SETTINGS, 'TIERFERRY_SETTINGS');
  return existsSync(CONFIG) ? readSettingsFile(CONFIG) : {};
};

const readSettingsFile = async (file: string): Promise<unknown> => {
  const where = `settings file ${file}`;
  const isJson = !MODULES.includes(extname(file));
  let loaded: unknown;
  try {
    loaded = isJson ? await readFile(file, 'utf8') : await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new InvalidRequest(`cannot read ${where}: ${messageOf(error)}`, { cause: error });
  }
  if (isJson) return parseSettingsJson(String(loaded), where);
  const { default: settings } = z.object({ default: z.unknown().optional() }).parse(loaded);
  if (settings === undefined)
    throw new InvalidRequest(
      `${where} has no default export; it should say: export default defineConfig({ ... })`,
    );
  return checkSettings(settings, where);
};

const parseSettingsJson = (text: string, where: string): unknown => {
  let settings: unknown;
  try {
    settings = JSON.parse(text);
  } catch (error) {
    throw new InvalidRequest(`${where} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  return checkSettings(settings, where);
};

const checkSettings = (settings: unknown, where: string): unknown => {
  try {
    return settingsIn(settings);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const issues = error.issues.map(({ path, message }) => `${path.join('.') || 'top level'}: ${message}`);
    throw new InvalidRequest(`${where}: ${issues.join('; ')}`, { cause: error });
  }
};

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ');
