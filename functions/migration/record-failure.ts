import type { Failure, Migration } from './migration.ts';
import type { Ports } from './ports.ts';
import { makeReport } from './verify/make-report.ts';

/** Notes why the execution failed, and what the tenant's records say now, in the migration and its report. */
export const recordFailure = async (
  ports: Ports,
  migration: Migration,
  caught: { Error: string; Cause: string } | undefined,
): Promise<{ error: string; cause: string }> => {
  const failure: Failure = caught
    ? { error: caught.Error, cause: messageOf(caught.Cause), at: ports.clock.now() }
    : (migration.failure ?? {
        error: 'Interrupted',
        cause: 'an earlier attempt was interrupted',
        at: ports.clock.now(),
      });
  const updated = await ports.migrations.update(migration, { failure });
  await ports.migrations.saveReport(migration.migrationId, await makeReport(ports, updated));
  return { error: failure.error, cause: failure.cause };
};

/** Lambda puts a JSON document into the cause. [Lambda, Function errors: errorMessage, errorType, trace] */
const messageOf = (cause: string): string => {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (
      typeof parsed === 'object' &&
      parsed !== null &&
      'errorMessage' in parsed &&
      typeof parsed.errorMessage === 'string'
    ) {
      return parsed.errorMessage;
    }
    return cause;
  } catch {
    return cause;
  }
};
