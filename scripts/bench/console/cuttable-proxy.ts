import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

/** A server on loopback that forwards connections to another one and can cut them. */
export interface CuttableProxy {
  readonly endpoint: string;
  /** Cuts all open connections. New ones are accepted. */
  cut(): void;
  stop(): Promise<void>;
}

/** Starts a proxy on a free port. @param target endpoint to which it forwards. */
export const startCuttableProxy = async (target: string): Promise<CuttableProxy> => {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const forwarded = createConnection(Number(port), hostname);
    for (const [one, other] of [
      [socket, forwarded],
      [forwarded, socket],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    cut,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
};
