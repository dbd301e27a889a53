import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { Progress } from '../../../functions/migration/operator/progress.ts';
import type { Display } from './display.ts';
import { Speed } from './items-per-second.ts';
import { type Note, notesOf } from './notes.ts';
import { type StageView, viewStages } from './stage-view.ts';

const TITLE_WIDTH = 23;
/** Returns the ms between two lines. They grow with the time elapsed: an hour's migration prints some 300 lines, not 3,600. */
export const printIntervalMs = (elapsedMs: number): number => Math.max(1_000, elapsedMs / 60);

/** Prints a line when a stage or a note begins or changes, and one now and then in between. Prints no escape codes. */
export class PlainDisplay implements Display {
  private readonly write: (line: string) => void;
  private readonly pace = new Speed();
  private readonly startedAt = performance.now();
  private readonly said = new Map<number, string>();
  private readonly notes = new Map<Note['kind'], { readonly text: string; readonly at: number }>();
  private lastAt = Number.NEGATIVE_INFINITY;
  private lastLine = '';

  constructor(write: (line: string) => void) {
    this.write = write;
  }

  show(progress: Progress): void {
    const now = performance.now();
    const views = viewStages(progress, Date.now());
    const pace = this.pace.of(progress, views);
    for (const view of views) {
      if (view.state === 'pending') continue;
      const isChanged = this.said.get(view.number) !== view.state;
      const isDue = view.state === 'running' && now - this.lastAt >= printIntervalMs(now - this.startedAt);
      if (!isChanged && !isDue) continue;
      const line = lineOf(view, views.length, view.state === 'running' ? pace : '');
      if (line === this.lastLine) continue;
      this.said.set(view.number, view.state);
      this.lastAt = now;
      this.lastLine = line;
      this.write(line);
    }
    this.showNotes(notesOf(progress.migration, Date.now()), now);
  }

  note(text: string): void {
    this.write(text);
  }

  /** Prints new and changed notes. A note whose text changes with every poll is printed again only now and then. */
  private showNotes(notes: readonly Note[], now: number): void {
    for (const kind of this.notes.keys())
      if (!notes.some((note) => note.kind === kind)) this.notes.delete(kind);
    for (const { kind, text, command } of notes) {
      const said = this.notes.get(kind);
      if (said?.text === text || (said && now - said.at < printIntervalMs(now - this.startedAt))) continue;
      this.notes.set(kind, { text, at: now });
      this.write(`  ${text}`);
      if (command !== undefined && !said) this.write(`    ${command}`);
    }
  }

  stop(): void {
    if (this.lastLine !== '') this.write(`elapsed ${formatDuration(performance.now() - this.startedAt)}`);
    this.lastLine = '';
  }
}

const lineOf = (view: StageView, of: number, pace: string): string => {
  const symbol = ['done', 'paused', 'held'].includes(view.state)
    ? view.state
    : `${Math.floor(view.fraction * 100)} %`;
  const words = [view.detail, pace].filter((part) => part !== '').join(', ');
  return `${`[${view.number}/${of}] ${view.title.padEnd(TITLE_WIDTH)}${symbol.padStart(6)}  ${words}`.trimEnd()}`;
};
