/** What is known of the place that words go to. */
export interface Stream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
}

/**
 * Where a command's words go. With `--json` stdout gets exactly one document, at the end, and everything else goes to
 * stderr; without it stdout gets the words and progress too.
 */
export interface Out {
  readonly json: boolean;
  /** Words for people: progress, tables, reports. */
  readonly stream: Stream;
  /** Whether `stream` may be redrawn in place: a terminal whose user has not asked for plain text. */
  readonly isLive: boolean;
  say(lines: string | readonly string[]): void;
  /** The command's result: a document with `--json`, words otherwise. */
  result(document: unknown, words: () => readonly string[]): void;
}

/** Where words and documents end up. */
export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

export const createOut = (
  json: boolean,
  env: NodeJS.ProcessEnv = process.env,
  { stdout, stderr }: Streams = process,
): Out => {
  const stream = json ? stderr : stdout;
  const say = (lines: string | readonly string[]): void => {
    for (const line of typeof lines === 'string' ? [lines] : lines) stream.write(`${line}\n`);
  };
  return {
    json,
    stream,
    isLive: mayRedraw(stream, env),
    say,
    result: (document, words) => {
      if (json) stdout.write(`${JSON.stringify(document)}\n`);
      else say(words());
    },
  };
};

/** https://no-color.org: a user who wants no colours gets no cursor moves either. */
const mayRedraw = (stream: Stream, env: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
