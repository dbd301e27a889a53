import type { Server } from 'node:http';
import { freePort } from './free-port.ts';

/** A server on loopback. */
export interface LoopbackServer {
  readonly endpoint: string;
  /** Closes all connections. Resolves once the server has closed. */
  stop(): Promise<void>;
}

/**
 * Makes a server listen on loopback.
 * @param port absent or 0 for a free one. @throws Error if the wanted port is taken.
 */
export const listenOnLoopback = async (server: Server, port?: number): Promise<LoopbackServer> => {
  const chosen = await freePort(port);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(chosen, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${chosen}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
