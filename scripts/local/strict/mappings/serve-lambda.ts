import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { functionArn } from '../../arns.ts';
import { type LoopbackServer, listenOnLoopback } from '../../listen-on-loopback.ts';
import {
  type EventSourceMappings,
  LambdaError,
  type Mapping,
  MappingCreation,
  MappingUpdate,
} from './event-source-mappings.ts';

/** [Lambda API reference, CreateEventSourceMapping: request syntax] */
const PATH = '/2015-03-31/event-source-mappings';

/** Serves Lambda's API for event source mappings on loopback. */
export const serveLambda = async (mappings: EventSourceMappings): Promise<LoopbackServer> => {
  const server = createServer((request, response) => {
    answer(mappings, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  return listenOnLoopback(server);
};

const answer = async (
  mappings: EventSourceMappings,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const reply = (status: number, body: object, error?: string) => {
    response
      .writeHead(status, {
        'Content-Type': 'application/json',
        'x-amzn-RequestId': randomUUID(),
        ...(error === undefined ? {} : { 'x-amzn-ErrorType': error }),
      })
      .end(JSON.stringify(body));
  };
  try {
    const { status, body } = perform(mappings, request, await text(request));
    reply(status, body);
  } catch (error) {
    if (error instanceof LambdaError) {
      reply(error.status, { Type: 'User', Message: error.message }, error.name);
    } else if (error instanceof z.ZodError || error instanceof SyntaxError) {
      reply(400, { Type: 'User', Message: error.message }, 'InvalidParameterValueException');
    } else throw error;
  }
};

/** Performs a request. Changes are accepted with status 202 and completed later. */
const perform = (
  mappings: EventSourceMappings,
  { method, url = '' }: IncomingMessage,
  body: string,
): { readonly status: number; readonly body: object } => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const uuid = decodeURIComponent(pathname.slice(PATH.length + 1));
  const given = (): unknown => JSON.parse(body || '{}');
  if (!pathname.startsWith(PATH)) {
    throw new LambdaError('InvalidAction', 404, `${method} ${pathname} is not served on this machine`);
  }
  switch (method) {
    case 'POST':
      return { status: 202, body: configurationOf(mappings.create(MappingCreation.parse(given()))) };
    case 'PUT':
      return { status: 202, body: configurationOf(mappings.update(uuid, MappingUpdate.parse(given()))) };
    case 'DELETE':
      return { status: 202, body: configurationOf(mappings.delete(uuid)) };
    default: {
      if (uuid !== '') return { status: 200, body: configurationOf(mappings.get(uuid)) };
      const found = mappings.list({
        FunctionName: searchParams.get('FunctionName') ?? undefined,
        EventSourceArn: searchParams.get('EventSourceArn') ?? undefined,
      });
      return { status: 200, body: { EventSourceMappings: found.map(configurationOf) } };
    }
  }
};

/** [Lambda API reference, EventSourceMappingConfiguration] */
const configurationOf = ({ uuid, settings, state, modifiedAt }: Mapping): object => {
  const { FunctionName, Enabled: _, ...rest } = settings;
  return {
    ...rest,
    UUID: uuid,
    FunctionArn: functionArn(FunctionName),
    State: state,
    StateTransitionReason: 'USER_INITIATED',
    LastModified: modifiedAt,
  };
};
