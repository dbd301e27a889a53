import { InvalidRequest, TableNotFound, Unavailable } from '../../functions/migration/errors.ts';

/** A setting or package is missing without which the command cannot begin. */
export class SettingsMissing extends InvalidRequest {}

const LOCAL = "or start 'tierferry local' in this folder: commands find it there by themselves";

const noRegion = (): SettingsMissing =>
  new SettingsMissing(`no AWS region: set AWS_REGION or a profile that has one, ${LOCAL}`);

/** Turns the SDK's errors about missing configuration into errors that say what to set. Returns other errors unchanged. */
export const explainError = (error: unknown): unknown => {
  const chain = causesOf(error);
  const isInChain = (name: string, pattern: RegExp) =>
    chain.some((one) => one.name === name || pattern.test(one.message));
  if (isInChain('RegionMissing', /region is missing/i)) return noRegion();
  if (isInChain('CredentialsProviderError', /could not load credentials/i)) {
    return new SettingsMissing(
      `no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ${LOCAL}`,
      { cause: error },
    );
  }
  if (isInChain('ECONNREFUSED', /ECONNREFUSED|ENOTFOUND/)) {
    const where = chain.map((one) => /(?:ECONNREFUSED|ENOTFOUND) (\S+)/.exec(one.message)?.[1]).find(Boolean);
    return new Unavailable(
      `no answer${where ? ` from ${where}` : ''}. Check that 'tierferry local' is running, and that AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL_SFN are its endpoints.`,
      { cause: error },
    );
  }
  return error;
};

/** Turns the error about a missing control table into one that says what to check: Tierferry is not deployed there. */
export const explainMissingTable = (error: unknown, controlTables: readonly string[]): unknown => {
  const missing =
    error instanceof TableNotFound && controlTables.find((table) => error.message.includes(table));
  return missing
    ? new SettingsMissing(
        `there is no table ${missing} in this account and region. Check region, account and the settings' prefix; or deploy Tierferry, or start 'tierferry local'.`,
        { cause: error },
      )
    : error;
};

/** Returns the error, its causes, and the errors that an aggregate error holds. */
const causesOf = (error: unknown, depth = 0): Error[] => {
  if (!(error instanceof Error) || depth > 8) return [];
  const parts =
    error instanceof AggregateError ? error.errors.flatMap((one) => causesOf(one, depth + 1)) : [];
  return [error, ...causesOf(error.cause, depth + 1), ...parts];
};
