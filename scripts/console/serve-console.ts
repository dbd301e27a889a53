import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { localSubject, newLocalToken } from '../../functions/console/api/access/local-token.ts';
import type { Subject } from '../../functions/console/api/access/subject.ts';
import { createConsole } from '../../functions/console/api/create-console.ts';
import type { PageFiles } from '../../functions/console/api/page-files.ts';
import type { Ports } from '../../functions/migration/ports.ts';
import { listenOnLoopback } from '../local/listen-on-loopback.ts';

/** A console that is served on loopback. */
export interface ConsoleServer {
  /** Link with the token of this start in its fragment, which browsers neither send nor log. */
  readonly url: string;
  readonly endpoint: string;
  readonly token: string;
  /** Closes all connections, including streams. Resolves once the server has closed. */
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly ports: Ports;
  /** The subject of every caller that has the link. */
  readonly subject: Subject;
  /** Absent or 0 for any free port. */
  readonly port?: number | undefined;
  /** The built page; absent if it has not been built. */
  readonly page?: PageFiles | undefined;
}

/** Serves the ops console on loopback. @throws Error if the requested port is in use. */
export const serveConsole = async ({ ports, subject, port, page }: ServeOptions): Promise<ConsoleServer> => {
  const token = newLocalToken();
  const app = createConsole({ ports, verify: localSubject(token, subject), isOnLoopback: true, page });
  const listener = getRequestListener((request) => app.fetch(request), { overrideGlobalObjects: false });
  const { endpoint, stop } = await listenOnLoopback(createServer(listener), port);
  return { url: `${endpoint}/#token=${token}`, endpoint, token, stop };
};
