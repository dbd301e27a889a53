import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Finds a free port on loopback. Another process may take it before it is used: try again then.
 * @param wanted the port to check; 0 or absent for any.
 * @throws Error if the wanted port is taken.
 */
export const freePort = async (wanted = 0): Promise<number> => {
  const server = createServer();
  try {
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    throw new Error(`cannot use port ${wanted}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  return address.port;
};
