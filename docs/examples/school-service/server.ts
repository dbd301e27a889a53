import { startServer } from './start-server.ts';

const { url } = await startServer(Number(process.env.PORT ?? 3_000));
process.stdout.write(`The school service listens at ${url}. Ctrl-C stops it.\n`);
