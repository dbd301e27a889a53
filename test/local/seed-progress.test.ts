import { expect, test } from 'vitest';
import { createLog } from '../../functions/aws/log.ts';
import { createOut } from '../../scripts/cli/out.ts';
import { renderLogLine } from '../../scripts/cli/render/render-log-line.ts';
import { seedProgress } from '../../scripts/demo/seed-progress.ts';
import { listen } from '../cli/run-in-process.ts';
import { screenOf } from '../support/screen.ts';

test('a log line printed while the bar is drawn goes above it, as text, and the bar leaves no trace', () => {
  const { stream, text } = listen(80);
  const progress = seedProgress(createOut(undefined, {}, { stdout: stream, stderr: stream }));
  const log = createLog('warn', (line) => progress.say(renderLogLine(line)));
  progress.on(100, 1_000);
  progress.on(500, 1_000);
  log.warn({ table: 'saas-a', tries: 5 }, 'cannot read a stream; trying again');
  const [first, second] = screenOf(text());
  expect(first).toBe('warning: cannot read a stream; trying again (table saas-a, tries 5)');
  expect(second).toMatch(/^ {2}█+░+ 50 % {2}500 of 1,000 items$/);
  progress.stop();
  stream.write('Seeded 20 districts.\n');
  expect(screenOf(text()).filter((line) => line !== '')).toEqual([first, 'Seeded 20 districts.']);
});

test('without a terminal there is no bar, and the caller prints log lines', () => {
  const { stream, text } = listen();
  const progress = seedProgress(createOut(undefined, {}, { stdout: stream, stderr: stream }));
  progress.on(500, 1_000);
  expect(progress.say('a line')).toBe(false);
  progress.stop();
  expect(text()).toBe('');
});
