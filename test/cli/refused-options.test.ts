import { expect, test } from 'vitest';
import { fakePorts } from '../support/fake-ports.ts';
import { runInProcess } from './run-in-process.ts';

test.each([
  { what: 'events of an unknown tenant', args: ['events', '--tenant', 'nowhere'], says: /no tenant/ },
  { what: 'events of an unknown migration', args: ['events', '--migration', 'mig-1'], says: /no migration/ },
  {
    what: 'a dry run of a sweep that waits',
    args: ['sweep', '--dry-run', '--watch'],
    says: /Give one of them/,
  },
  {
    what: 'a port that is no number',
    args: ['local', '--dynamodb-port', 'x'],
    says: /--dynamodb-port must be a whole number from 0 to 65,535/,
  },
  {
    what: "a console's port that is no number",
    args: ['console', '--port', '70000'],
    says: /--port must be a whole number from 0 to 65,535/,
  },
])('$what is a usage error: exit 2, and the reason in one line', async ({ args, says }) => {
  const { code, stdout, stderr } = await runInProcess(fakePorts(), args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(says);
  const lines = stderr.trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('Next: '))).toHaveLength(1);
});
