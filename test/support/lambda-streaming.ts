import { Writable } from 'node:stream';

/** The head of a streamed answer. [API Gateway developer guide, Lambda proxy integration format for response streaming] */
export interface AnswerHead {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The stream that Lambda gives a handler for its answer. */
export class AnswerStream extends Writable {
  head: AnswerHead | undefined;
  readonly #chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(Buffer.from(chunk));
    done();
  }
  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** Puts what Lambda's Node.js runtime adds for streamed answers into the global scope. [Lambda developer guide, Writing response streaming-enabled functions] */
export const addLambdaStreaming = (): void => {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: {
        from: (stream: AnswerStream, head: AnswerHead) => {
          stream.head = head;
          return stream;
        },
      },
    },
  });
};
