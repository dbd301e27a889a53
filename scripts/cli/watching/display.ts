import type { Progress } from '../../../functions/migration/progress.ts';
import type { Out } from '../out.ts';
import { DocumentDisplay } from './document-display.ts';
import { LiveDisplay } from './live-display.ts';
import { PlainDisplay } from './plain-display.ts';

/** Shows a migration as it goes. */
export interface Display {
  show(progress: Progress): void;
  /** A word between, e.g. that the service does not answer for now. */
  note(text: string): void;
  /** Leaves the last state standing. Safe to call twice. */
  stop(): void;
}

/**
 * Bars in a terminal, lines elsewhere.
 * @param options `asDocuments`: with `--json`, one document a line on stdout instead, for a program that watches too.
 */
export const createDisplay = (
  out: Out,
  { asDocuments = false }: { readonly asDocuments?: boolean } = {},
): Display => {
  if (out.json && asDocuments) return new DocumentDisplay(out);
  return out.isLive ? new LiveDisplay(out.stream) : new PlainDisplay((line) => out.say(line));
};
