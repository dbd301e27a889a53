import type { NextAction } from '../../functions/migration/triggers/actions.ts';
import { type Content, documentOf, type Kind } from './documents/documents.ts';
import { escapedJson, visible } from './render/visible.ts';

/** What is known of the place that words go to. */
export interface Stream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  /** Of a terminal. */
  readonly columns?: number;
}

/**
 * Where a command's words go. With `--json` stdout gets exactly one document, at the end (while it is watched or followed:
 * one a line, the last one at the end), and everything else goes to stderr; without it stdout gets the words and progress too.
 * No control character of a name, a key or a reason reaches a terminal.
 */
export interface Out {
  readonly json: boolean;
  /** Words for people: progress, tables, reports. */
  readonly stream: Stream;
  /** Whether `stream` may be redrawn in place: a terminal whose user has not asked for plain text. */
  readonly isLive: boolean;
  say(lines: string | readonly string[]): void;
  /** The command's result: a document with `--json`, words otherwise. */
  result<K extends Kind>(
    kind: K,
    content: Content<K>,
    words: () => readonly string[],
    next?: NextAction,
  ): void;
  /** Prints something that has a schema of its own as it is, e.g. an event. */
  line(document: unknown, words: () => readonly string[]): void;
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
    for (const line of typeof lines === 'string' ? [lines] : lines) stream.write(`${visible(line)}\n`);
  };
  const line: Out['line'] = (document, words) => {
    if (json) stdout.write(`${escapedJson(document)}\n`);
    else say(words());
  };
  return {
    json,
    stream,
    isLive: mayRedraw(stream, env),
    say,
    result: (kind, content, words, next = null) =>
      line(json ? documentOf(kind, content, next) : undefined, words),
    line,
  };
};

/** https://no-color.org: a user who wants no colours gets no cursor moves either. */
const mayRedraw = (stream: Stream, env: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
