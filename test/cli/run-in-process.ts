import { PassThrough } from 'node:stream';
import type { Ports } from '../../functions/migration/ports.ts';
import { main } from '../../scripts/cli/main.ts';
import type { Stream } from '../../scripts/cli/out.ts';
import type { Ran } from './run-cli.ts';

/** The command line on a world of the test's own, without a process: what is said and the exit code are the real ones. */
export const runInProcess = async (ports: Ports, args: readonly string[]): Promise<Ran> => {
  const [stdout, stderr] = [listen(), listen()];
  const code = await main(
    args,
    {},
    { streams: { stdout: stdout.stream, stderr: stderr.stream }, connect: () => ports },
  );
  return { code, stdout: stdout.text(), stderr: stderr.text() };
};

/** A stream that remembers; a terminal where it has columns. */
export const listen = (columns?: number): { readonly stream: Stream; text(): string } => {
  const stream = new PassThrough({ encoding: 'utf8' });
  let heard = '';
  return {
    stream: columns === undefined ? stream : Object.assign(stream, { isTTY: true, columns }),
    text: () => {
      heard += stream.read() ?? '';
      return heard;
    },
  };
};
