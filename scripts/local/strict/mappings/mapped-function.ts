import type { Log } from '../../../../functions/migration/log-port.ts';
import type { LocalFunction } from '../../invoke.ts';
import type { JSONValue } from '../../json.ts';
import { failedItemsOf } from '../../streams/batch-answer.ts';
import { fieldOf, filterOf } from './event-filter.ts';
import type { Mapping } from './event-source-mappings.ts';

/**
 * Returns a function that a mapping calls: it passes on the records that match the filter, and drops a batch after its last
 * retry.
 */
export const mappedFunction = (
  run: LocalFunction,
  { settings }: Mapping,
  log: Pick<Log, 'warn'>,
): LocalFunction => {
  const passes = filterOf(settings.FilterCriteria?.Filters?.map(({ Pattern }) => Pattern) ?? []);
  const retries = settings.MaximumRetryAttempts ?? -1;
  const failures = new Map<string, number>();
  return async (event, context) => {
    const records = recordsOf(event).filter(passes);
    // Lambda does not call the function for a batch without matching records [Lambda developer guide, Control which
    // events Lambda sends to your function]
    if (records.length === 0) return null;
    const first = JSON.stringify(fieldOf(fieldOf(records[0], 'dynamodb'), 'SequenceNumber'));
    const outcome = await run({ Records: records }, context).then(
      (answer) => ({ answer, failed: failedItemsOf(answer).size > 0 }),
      (error: unknown) => ({ error, failed: true }),
    );
    const tries = outcome.failed ? (failures.get(first) ?? 0) + 1 : 0;
    failures.delete(first);
    if (outcome.failed && retries >= 0 && tries > retries) {
      // [Lambda developer guide, Capturing discarded batches for a DynamoDB event source]
      log.warn(
        { function: settings.FunctionName, items: records.length, tries },
        'records were dropped after the last retry',
      );
      return null;
    }
    if (outcome.failed) failures.set(first, tries);
    if ('error' in outcome) throw outcome.error;
    return outcome.answer;
  };
};

const recordsOf = (event: JSONValue): JSONValue[] => {
  const records = fieldOf(event, 'Records');
  return Array.isArray(records) ? records : [];
};
