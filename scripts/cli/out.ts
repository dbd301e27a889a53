import type { NextAction } from '../../functions/migration/next-action.ts';
import type { DocumentContent, DocumentKind, documentOf } from './documents/documents.ts';
import { escapedJson, withVisibleControls } from './render/control-characters.ts';

/** An output stream, which may be a terminal. */
export interface Stream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  /** Width of the terminal; absent if it is not one. */
  readonly columns?: number;
  /** Height of the terminal; absent if it is not one. */
  readonly rows?: number;
}

/**
 * The output of a command. Without `--json`, text and progress go to stdout. With `--json`, stdout gets exactly one document
 * at the end (with `--watch` or `--follow`, one per line), and everything else goes to stderr. Control characters in names,
 * keys and reasons are escaped.
 */
export interface Out {
  readonly json: boolean;
  /** Stream for text: progress, tables, reports. */
  readonly stream: Stream;
  /** True if `stream` may be redrawn in place: it is a terminal, and the user has not asked for plain text. */
  readonly isLive: boolean;
  say(lines: string | readonly string[]): void;
  /** Prints the command's result: a document with `--json`, else text. */
  result<K extends DocumentKind>(
    kind: K,
    content: DocumentContent<K>,
    words: () => readonly string[],
    next?: NextAction,
  ): void;
  /** Prints a document that has a schema of its own, e.g. an event; without `--json`, text. */
  line(document: unknown, words: () => readonly string[]): void;
}

/** The streams of a process. */
export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Absent if the command must not ask for anything. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

/** @param makeDocument makes the documents of `--json`; absent for text. */
export const createOut = (
  makeDocument: typeof documentOf | undefined,
  env: NodeJS.ProcessEnv = process.env,
  { stdout, stderr }: Streams = process,
): Out => {
  const json = makeDocument !== undefined;
  const stream = json ? stderr : stdout;
  const say = (lines: string | readonly string[]): void => {
    for (const line of typeof lines === 'string' ? [lines] : lines)
      stream.write(`${withVisibleControls(line)}\n`);
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
    result: (kind, content, words, next = null) => line(makeDocument?.(kind, content, next), words),
    line,
  };
};

/** True if the stream is a terminal that may be redrawn. NO_COLOR also turns cursor moves off. [https://no-color.org] */
const mayRedraw = (stream: Stream, env: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
