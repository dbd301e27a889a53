import { readerName, STREAM_READER } from '../../../../functions/aws/stream-mappings.ts';
import { controlTables, type Settings } from '../../../../functions/migration/settings/settings.ts';
import type { LocalFunction } from '../../invoke.ts';
import { tableOf } from '../../streams/stream-event.ts';
import type { StreamsClient } from '../../streams/streams-client.ts';
import type { LocalMappings } from './start-mappings.ts';

/** The handler of the migrations table's stream. */
const EVENTS_READER = 'PublishEvents';
const eventPublisherName = ({ prefix }: Settings): string => `${prefix}-publish-notices`;

/** Returns a function that finds the deployment's functions by name, for mappings. */
export const readersIn = (
  functions: ReadonlyMap<string, LocalFunction>,
  settings: Settings,
): ((name: string) => LocalFunction | undefined) => {
  const handlers = new Map<string, string>([
    [eventPublisherName(settings), EVENTS_READER],
    [readerName(settings), STREAM_READER],
  ]);
  return (name) => functions.get(handlers.get(name) ?? '');
};

/** Connects the existing streams, which a deployment or an earlier process on the same data had connected. */
export const deployReaders = async (
  mappings: LocalMappings,
  client: StreamsClient,
  settings: Settings,
): Promise<void> => {
  const control = controlTables(settings);
  const ofControl: readonly string[] = Object.values(control);
  for (const arn of await client.list(new AbortController().signal)) {
    const table = tableOf(arn);
    if (table === control.migrations) mappings.deploy(eventPublisherName(settings), arn);
    if (ofControl.includes(table)) continue;
    mappings.deploy(readerName(settings), arn);
  }
};
