import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { listenOnLoopback } from '../../scripts/local/listen-on-loopback.ts';

const PATH = '/2015-03-31/event-source-mappings/';
const CALL = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;
const Creation = z.looseObject({ FunctionName: z.string(), EventSourceArn: z.string() });
const Update = z.looseObject({ Enabled: z.boolean().optional() });
const BUSY = new Set(['Creating', 'Enabling', 'Updating']);
export type FakeMapping = z.output<typeof Creation> & {
  readonly UUID: string;
  State: string;
  LastProcessingResult?: string;
};

/**
 * Starts a server that implements Lambda's event source mappings, and asynchronous calls, on a free port. It allows one
 * mapping per function and source, and enables a mapping some time after it was created.
 */
export const startFakeLambda = async () => {
  const mappings = new Map<string, FakeMapping>();
  /** Functions that do not exist. */
  const missing = new Set<string>();
  /** Calls of functions. */
  const calls: { readonly function: string; readonly type: unknown; readonly event: unknown }[] = [];
  let made = 0;
  let throttles = 0;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const answer = (status: number, body: object, error?: string) => {
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(error ? { 'x-amzn-errortype': error } : {}),
      });
      response.end(JSON.stringify(body));
    };
    const same = (name: string | null, arn: string | null) =>
      [...mappings.values()].filter(
        (one) => one.FunctionName === name && (arn === null || one.EventSourceArn === arn),
      );
    if (throttles > 0) {
      throttles -= 1;
      return answer(429, { message: 'Rate exceeded' }, 'TooManyRequestsException');
    }
    if (request.method === 'GET') {
      const { searchParams: asked } = url;
      return answer(200, {
        EventSourceMappings: same(asked.get('FunctionName'), asked.get('EventSourceArn')),
      });
    }
    const [, called] = CALL.exec(url.pathname) ?? [];
    if (called !== undefined) {
      if (missing.has(called))
        return answer(404, { message: 'Function not found' }, 'ResourceNotFoundException');
      calls.push({
        function: called,
        type: request.headers['x-amz-invocation-type'],
        event: await json(request),
      });
      return answer(202, {});
    }
    if (request.method === 'POST') {
      const creation = Creation.parse(await json(request));
      if (missing.has(creation.FunctionName))
        return answer(404, { message: 'Function not found' }, 'ResourceNotFoundException');
      if (same(creation.FunctionName, creation.EventSourceArn).length > 0)
        return answer(409, { message: 'it exists' }, 'ResourceConflictException');
      made += 1;
      const UUID = `mapping-${made}`;
      mappings.set(UUID, { ...creation, UUID, State: 'Creating' });
      return answer(202, mappings.get(UUID) ?? {});
    }
    const UUID = url.pathname.slice(PATH.length);
    const found = mappings.get(UUID);
    if (!found) return answer(404, { message: 'there is none' }, 'ResourceNotFoundException');
    if (BUSY.has(found.State)) return answer(400, { message: 'in use' }, 'ResourceInUseException');
    if (request.method === 'PUT') {
      const { Enabled, ...changes } = Update.parse(await json(request));
      const State = Enabled && found.State === 'Disabled' ? 'Enabling' : 'Updating';
      mappings.set(UUID, { ...found, ...changes, State });
      return answer(202, mappings.get(UUID) ?? {});
    }
    mappings.set(UUID, { ...found, State: 'Deleting' });
    return answer(202, found);
  });
  return {
    ...(await listenOnLoopback(server)),
    mappings,
    /** Throttles the next calls. */
    throttle: (count: number) => {
      throttles = count;
    },
    missing,
    calls,
    /** Completes all creations and changes that are under way. */
    settle: () => {
      for (const mapping of mappings.values()) if (BUSY.has(mapping.State)) mapping.State = 'Enabled';
    },
  };
};
