import type { Progress } from '../../../functions/migration/progress.ts';
import type { Out } from '../out.ts';
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

/** Bars in a terminal, lines elsewhere. */
export const createDisplay = (out: Out): Display =>
  out.isLive ? new LiveDisplay(out.stream) : new PlainDisplay((line) => out.say(line));
