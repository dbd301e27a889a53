import { fileURLToPath } from 'node:url';
import { readPage } from '../../../functions/console/api/page-files.ts';
import { serveConsole } from '../../../scripts/console/serve-console.ts';
import { moveOn, seededWorld } from './fake-world.ts';

const DIST = fileURLToPath(new URL('../../../dist/console', import.meta.url));
const STEP_MS = 1_000;

/**
 * Serves the built page over a world in memory, for a person to look at: `node test/console/page/serve-fake.ts [port]`
 */
const [port = '0'] = process.argv.slice(2);
const ports = await seededWorld();
const page = readPage(DIST);
const subject = { name: 'ana', role: 'admin', verified: false } as const;
const { url } = await serveConsole({ ports, subject, port: Number(port), page });
setInterval(() => void moveOn(ports), STEP_MS).unref();
process.stdout.write(page ? `${url}\n` : `${url}\nThe page is not built: npm run build:console\n`);
