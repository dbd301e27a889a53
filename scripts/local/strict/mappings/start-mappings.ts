import type { Log } from '../../../../functions/migration/ports.ts';
import type { LocalFunction } from '../../invoke.ts';
import type { StreamPoller } from '../../streams/stream-poller.ts';
import type { StreamsClient } from '../../streams/streams-client.ts';
import type { StreamsSettings } from '../streams/streams-settings.ts';
import { EventSourceMappings } from './event-source-mappings.ts';
import { followMappings } from './mapped-streams.ts';
import { serveLambda } from './serve-lambda.ts';

/** Event source mappings on this machine: Lambda's API for them, and what reads the streams as they say. */
export interface LocalMappings extends Pick<StreamPoller, 'pause' | 'resume' | 'wake' | 'stop'> {
  /** Where `@aws-sdk/client-lambda` reaches them. */
  readonly endpoint: string;
  /** Connects a function to a stream as a deployment has done long ago. */
  deploy(functionName: string, streamArn: string): void;
}

export const startMappings = async (given: {
  readonly client: StreamsClient;
  readonly settings: StreamsSettings;
  /** The function of a name; undefined if there is none, and its mappings hand out nothing. */
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
