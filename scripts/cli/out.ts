import type { WriteStream } from 'node:tty';

/**
 * Where a command's words go. With `--json` stdout gets exactly one document, at the end, and everything else goes to
 * stderr; without it stdout gets the words and progress too.
 */
export interface Out {
  readonly json: boolean;
  /** Words for people: progress, tables, reports. */
  readonly stream: NodeJS.WriteStream;
  /** Whether `stream` may be redrawn in place: a terminal whose user has not asked for plain text. */
  readonly isLive: boolean;
  say(lines: string | readonly string[]): void;
  /** The command's result: a document with `--json`, words otherwise. */
  result(document: unknown, words: () => readonly string[]): void;
}

export const createOut = (json: boolean, env: NodeJS.ProcessEnv = process.env): Out => {
  const stream: WriteStream = json ? process.stderr : process.stdout;
  const say = (lines: string | readonly string[]): void => {
    for (const line of typeof lines === 'string' ? [lines] : lines) stream.write(`${line}\n`);
  };
  return {
    json,
    stream,
    isLive: mayRedraw(stream, env),
    say,
    result: (document, words) => {
      if (json) process.stdout.write(`${JSON.stringify(document)}\n`);
      else say(words());
    },
  };
};

/** https://no-color.org: a user who wants no colours gets no cursor moves either. */
const mayRedraw = (stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
