import { PassThrough } from 'node:stream';
import type { Ports } from '../../functions/migration/ports.ts';
import { main, type Place } from '../../scripts/cli/main.ts';
import type { Stream } from '../../scripts/cli/out.ts';
import type { Ran } from './run-cli.ts';

/** Runs the command line in this process, on a world of the test's own. Output and exit code are the real ones. */
export const runInProcess = (ports: Ports, args: readonly string[]): Promise<Ran> =>
  run(args, {}, () => ports);

/** Runs the command line in this process, connected by the environment. */
export const runWithEnv = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> => run(args, env);

const run = async (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  connect?: Place['connect'],
): Promise<Ran> => {
  const [stdout, stderr] = [listen(), listen()];
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  // no local stack is looked for in the checkout, where a developer may run one
  const code = await main(args, env, { streams, folder: '/', ...(connect ? { connect } : {}) });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
};

/** A stream that records what is written to it, and is a terminal if it has columns. */
export const listen = (columns?: number): { readonly stream: Stream; text(): string } => {
  const stream = new PassThrough({ encoding: 'utf8' });
  let output = '';
  return {
    stream: columns === undefined ? stream : Object.assign(stream, { isTTY: true, columns }),
    text: () => {
      output += stream.read() ?? '';
      return output;
    },
  };
};
