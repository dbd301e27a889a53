import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { streamHandle } from 'hono/aws-lambda';
import * as z from 'zod';
import { portsFromEnv } from '../../aws/ports.ts';
import { parseConsole } from '../../migration/settings/config.ts';
import type { App } from '../api/http/endpoint.ts';
import { readPage } from '../api/page-files.ts';
import { deployedConsole } from './deployed-console.ts';

/** A Lambda handler that streams its answers; Hono exports no name for it. */
export type StreamedHandler = ReturnType<typeof streamHandle>;

const Environment = z.object({ TIERFERRY_CONSOLE: z.string() });

const consoleFromEnv = (page: URL | undefined): App => {
  const config = parseConsole(JSON.parse(Environment.parse(process.env).TIERFERRY_CONSOLE));
  return deployedConsole({
    ports: portsFromEnv(),
    config,
    page: page && readPage(fileURLToPath(page), config.basePath),
  });
};

/**
 * Creates the handler of a function that serves the console behind a REST API.
 * @param page folder of the built page; absent for the API alone.
 */
export const consoleHandler = (page?: URL): StreamedHandler => streamedHandler(() => consoleFromEnv(page));

/**
 * Creates a handler that streams the answers of an app.
 * [API Gateway developer guide, Set up a Lambda proxy integration with payload response streaming]
 * @param make called by the first request.
 */
export const streamedHandler = (make: () => App): StreamedHandler => {
  // one per process: a Lambda keeps its connections between invocations
  let warm: App | undefined;
  const app = new Hono();
  app.all('*', (context) => {
    warm ??= make();
    return warm.fetch(context.req.raw);
  });
  return streamHandle(app);
};
