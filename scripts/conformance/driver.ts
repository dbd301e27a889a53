import { createInterface } from 'node:readline';
import { SUPPORTED_PROTOCOL } from '../../functions/router/route-record.ts';
import { LiveDriver } from './live-driver.ts';
import { type Answer, Command, FEATURES, LiveCommand, SteppedCommand } from './messages.ts';
import { SteppedDriver } from './stepped-driver.ts';

/* Drives Tierferry's own router for the conformance runner: `npm run conformance -- node scripts/conformance/driver.ts`. */

const READY = {
  event: 'ready' as const,
  router: 'tierferry/router',
  protocol: SUPPORTED_PROTOCOL,
  features: FEATURES,
};

const stepped = new SteppedDriver();
const live = new LiveDriver();

const answer = (command: Command): Promise<Answer> | Answer => {
  if (command.do === 'hello') return { events: [READY] };
  const one = SteppedCommand.safeParse(command);
  return one.success ? stepped.exchange(one.data) : live.exchange(LiveCommand.parse(command));
};

for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await answer(Command.parse(JSON.parse(line))))}\n`);
