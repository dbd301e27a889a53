import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { styleText } from 'node:util';
import type { MigrationWithExecution } from '../../../functions/migration/record/execution.ts';
import type { Out } from '../out.ts';
import { withVisibleControls } from '../render/control-characters.ts';
import { renderMigrations } from '../render/render-migrations.ts';

/** Number of lines above the first migration of a table. */
const HEAD_LINES = 2;

/** Shows a list of migrations that changes. */
export interface ListDisplay {
  show(migrations: readonly MigrationWithExecution[]): void;
  note(text: string): void;
}

/**
 * Creates a display: a table that is redrawn in a terminal, the changed lines elsewhere, documents with `--json`.
 * @param none the line in place of an empty list.
 */
export const createListDisplay = (out: Out, none: string): ListDisplay => {
  if (out.json) return documentList(out);
  return out.isLive ? liveList(out, none) : plainList(out, none);
};

/** Prints the whole list whenever it has changed. */
const documentList = (out: Out): ListDisplay => {
  let printed = '';
  return {
    show(found) {
      const migrations = found.map(({ migration, execution }) => ({ ...migration, execution }));
      const snapshot = snapshotOf(found);
      if (snapshot === printed) return;
      printed = snapshot;
      out.result('migrations', { migrations }, () => []);
    },
    note: (text) => out.say(text),
  };
};

/** Prints the table once, then the line of each migration that is new or has changed. Prints no escape codes. */
const plainList = (out: Out, none: string): ListDisplay => {
  const printed = new Map<string, string>();
  let isFirst = true;
  return {
    show(migrations) {
      const changed = migrations.filter(
        (one) => printed.get(one.migration.migrationId) !== snapshotOf([one]),
      );
      const heads = printed.size > 0 ? HEAD_LINES : 0;
      for (const one of changed) printed.set(one.migration.migrationId, snapshotOf([one]));
      if (isFirst || changed.length > 0) out.say(renderMigrations(changed, undefined, none).slice(heads));
      isFirst = false;
    },
    note: (text) => out.say(text),
  };
};

/** Redraws the table in place, cut to the terminal's size: a line that wraps would be redrawn in the wrong place. */
const liveList = ({ stream }: Out, none: string): ListDisplay => {
  let drawn: readonly string[] = [];
  const draw = (lines: readonly string[]): void => {
    moveCursor(stream, 0, -drawn.length);
    cursorTo(stream, 0);
    clearScreenDown(stream);
    for (const line of lines) stream.write(`${line}\n`);
    drawn = lines;
  };
  const foot = (text: string) => styleText('dim', text);
  return {
    show(migrations) {
      const { rows = Number.POSITIVE_INFINITY, columns } = stream;
      const lines = renderMigrations(migrations, columns, none).map((line) =>
        withVisibleControls(line).slice(0, columns),
      );
      const shown = lines.slice(0, Math.max(1, rows - 2));
      const more = lines.length - shown.length;
      draw([...shown, foot(more > 0 ? `${more} more; Ctrl-C ends the watch` : 'Ctrl-C ends the watch')]);
    },
    note: (text) => draw([...drawn.slice(0, -1), foot(text)]),
  };
};

const snapshotOf = (migrations: readonly MigrationWithExecution[]): string =>
  JSON.stringify(
    migrations.map(({ migration, execution }) => {
      const { migrationId, status, attempt, paused, cutoverHeld } = migration;
      return [migrationId, status, attempt, paused, cutoverHeld, execution];
    }),
  );
