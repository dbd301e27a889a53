import type { Log } from '../../../../functions/migration/ports.ts';
import type { LocalFunction } from '../../invoke.ts';
import type { JSONValue } from '../../json.ts';
import { failedIn } from '../../streams/batch-answer.ts';
import { fieldOf, filterOf } from './event-filter.ts';
import type { Mapping } from './event-source-mappings.ts';

/** A function as a mapping calls it: with the records that pass its filter, and a failing batch at most as often as it may be retried. */
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
    // a batch of which nothing passes is not handed over [Lambda developer guide, Control which events Lambda sends to your function]
    if (records.length === 0) return null;
    const first = JSON.stringify(fieldOf(fieldOf(records[0], 'dynamodb'), 'SequenceNumber'));
    const outcome = await run({ Records: records }, context).then(
      (answer) => ({ answer, failed: failedIn(answer).size > 0 }),
      (error: unknown) => ({ error, failed: true }),
    );
    const tries = outcome.failed ? (failures.get(first) ?? 0) + 1 : 0;
    failures.delete(first);
    if (outcome.failed && retries >= 0 && tries > retries) {
      // [Lambda developer guide, Capturing discarded batches for a DynamoDB event source]
      log.warn({ function: settings.FunctionName, items: records.length, tries }, 'records were given up');
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
