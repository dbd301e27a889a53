import type { Streams } from './out.ts';
import { Interrupted } from './watching/interrupt.ts';

/**
 * Returns a function that asks the user a question on stderr, so that stdout has only the command's result; undefined if
 * the command was not started in a terminal. @throws Interrupted on Ctrl-C and Ctrl-D
 */
export const askTerminal = ({
  stdin,
  stderr,
}: Streams): ((question: string) => Promise<string>) | undefined => {
  if (!stdin?.isTTY || !stderr.isTTY) return undefined;
  return async (question) => {
    const { createInterface } = await import('node:readline/promises');
    const terminal = createInterface({ input: stdin, output: stderr });
    const controller = new AbortController();
    const stop = () => controller.abort();
    terminal.once('SIGINT', stop).once('close', stop);
    try {
      return await terminal.question(question, { signal: controller.signal });
    } catch (error) {
      if (controller.signal.aborted) throw new Interrupted('stopped; nothing was changed');
      throw error;
    } finally {
      terminal.close();
    }
  };
};
