import type { Progress } from '../../../functions/migration/operator/progress.ts';
import type { Out } from '../out.ts';
import { DocumentDisplay } from './document-display.ts';
import { LiveDisplay } from './live-display.ts';
import { PlainDisplay } from './plain-display.ts';

/** Shows the progress of a migration. */
export interface Display {
  show(progress: Progress): void;
  /** Shows a message, e.g. that the service does not answer. */
  note(text: string): void;
  /** Ends the display, and leaves the last state on the screen. Safe to call twice. */
  stop(): void;
}

/**
 * Creates a display: bars in a terminal, lines elsewhere.
 * @param options `asDocuments`: with `--json`, prints one document per line on stdout, for a program that watches.
 */
export const createDisplay = (
  out: Out,
  { asDocuments = false }: { readonly asDocuments?: boolean } = {},
): Display => {
  if (out.json && asDocuments) return new DocumentDisplay(out);
  return out.isLive ? new LiveDisplay(out.stream) : new PlainDisplay((line) => out.say(line));
};
