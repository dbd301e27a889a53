import { once } from 'node:events';
import { auditName, type Subject } from '../../functions/console/api/access/subject.ts';
import type { Out } from '../cli/out.ts';
import { PAGE_MISSING } from './built-page.ts';
import { type ServeOptions, serveConsole } from './serve-console.ts';

/** Serves the ops console, prints its link, and returns once the signal has aborted. */
export const runConsole = async (out: Out, options: ServeOptions, signal: AbortSignal): Promise<void> => {
  const served = await serveConsole(options);
  try {
    const { url } = served;
    const { subject, page } = options;
    out.result('console', { ready: true, url, subject }, () => [
      `The console is at ${url}`,
      subjectLine(subject),
      ...(page ? [] : [PAGE_MISSING]),
      '',
      'Keep the link private: anyone who has it can act in your name. Ctrl-C stops the console.',
    ]);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await served.stop();
  }
};

const subjectLine = (subject: Subject): string =>
  `You are ${auditName(subject)}, with the role ${subject.role}.`;
