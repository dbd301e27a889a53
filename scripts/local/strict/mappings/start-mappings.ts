import type { Log } from '../../../../functions/migration/log-port.ts';
import type { LocalFunction } from '../../invoke.ts';
import type { StreamPoller } from '../../streams/stream-poller.ts';
import type { StreamsClient } from '../../streams/streams-client.ts';
import type { StreamsSettings } from '../streams/streams-settings.ts';
import { EventSourceMappings } from './event-source-mappings.ts';
import { followMappings } from './mapped-streams.ts';
import { serveLambda } from './serve-lambda.ts';

/** Event source mappings on this machine: Lambda's API for them, and the readers of their streams. */
export interface LocalMappings extends Pick<StreamPoller, 'pause' | 'resume' | 'wake' | 'stop'> {
  /** Endpoint of Lambda's API. */
  readonly endpoint: string;
  /** Connects a function to a stream, as if a deployment had done so long ago. */
  deploy(functionName: string, streamArn: string): void;
}

export const startMappings = async (given: {
  readonly client: StreamsClient;
  readonly settings: StreamsSettings;
  /** Returns the function with this name; undefined if there is none, and then its mappings deliver nothing. */
  readonly functionOf: (name: string) => LocalFunction | undefined;
  readonly log: Log;
}): Promise<LocalMappings> => {
  const streams = followMappings(given);
  const mappings = new EventSourceMappings(given.settings, (mapping) => streams.follow(mapping));
  const api = await serveLambda(mappings);
  return {
    endpoint: api.endpoint,
    deploy: (FunctionName, EventSourceArn) => {
      mappings.deploy({ FunctionName, EventSourceArn, StartingPosition: 'TRIM_HORIZON' });
    },
    pause: streams.pause,
    resume: streams.resume,
    wake: streams.wake,
    async stop() {
      mappings.close();
      await api.stop();
      await streams.stop();
    },
  };
};
