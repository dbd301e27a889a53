import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startServer } from './start-server.ts';
import { useService } from './use-service.ts';

/*
 * Moves a district to another tier's table while people use the service. Run it in the environment of
 * `tierferry local --seed demo`.
 */

const DISTRICT = 'cedar-valley';
const TO_TIER = 'advanced';

const say = (text: string) => process.stdout.write(`${text}\n`);

const migrate = async (): Promise<void> => {
  const command = ['tierferry', 'migrate', DISTRICT, '--to', TO_TIER, '--hold', '0', '--watch'];
  say(`$ ${command.join(' ')}`);
  const [code] = await once(spawn('npx', command, { stdio: 'inherit' }), 'exit');
  if (code !== 0) throw new Error(`the migration ended with exit code ${code}`);
};

const server = await startServer(0);
say(`The school service listens at ${server.url}, and people use it.`);
let isOver = false;
try {
  const using = useService(
    (path, init) => fetch(`${server.url}${path}`, init),
    DISTRICT,
    () => isOver,
  );
  await Promise.race([migrate(), using]).finally(() => {
    isOver = true;
  });
  const { writes, reads, retries, longestWriteMs, stale } = await using;
  say('');
  say(`${writes} writes and ${reads} reads, of which ${retries} were tried again.`);
  say(`No user waited longer than ${longestWriteMs} ms between two acknowledged writes.`);
  if (stale.length > 0) throw new Error(`reads went back:\n${stale.join('\n')}`);
  say('Every acknowledged write was read back: none was lost.');
} finally {
  server.stop();
}
