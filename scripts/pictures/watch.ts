import { writeFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../functions/migration/format-duration.ts';
import { requestMigration } from '../../functions/migration/requests/request-migration.ts';
import type { Stream } from '../cli/out.ts';
import { renderOutcome } from '../cli/render/render-outcome.ts';
import type { Display } from '../cli/watching/display.ts';
import { LiveDisplay } from '../cli/watching/live-display.ts';
import { watch } from '../cli/watching/watch.ts';
import { seedDemo } from '../demo/seed.ts';
import { startStack } from '../local/stack.ts';
import { createTierTables } from '../local/tier-tables.ts';
import { drawTerminal, type Screenshot } from './terminal.ts';

/*
 * `npm run pictures:watch`: migrates a sample district on the embedded stack and draws the output of `migrate --watch`,
 * during the copy and at the end. Set `ITEMS=20000` for a smaller district, and `FORCE_COLOR=1` for colours.
 */

const FILE = new URL('../../docs/pictures/watch.svg', import.meta.url);
const COLUMNS = 100;
const ITEMS = Number(process.env.ITEMS ?? 35_000);
const TO_TIER = 'advanced';
/** Minimum share of the items that is copied in the first shot. */
const FIRST_SHOT = 0.4;
/** Time in ms after which the display, which draws ten times a second, is up to date. */
const DRAWN_MS = 200;

/** Returns a stream that claims to be a terminal and keeps its output. */
const terminal = () => {
  let written = '';
  const stream: Stream = Object.assign(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        written += chunk.toString();
        done();
      },
    }),
    { isTTY: true, columns: COLUMNS },
  );
  return { stream, written: () => written };
};

const stack = await startStack({ settings: { holdMs: 0 } });
try {
  await createTierTables(stack);
  const { chosen } = await seedDemo(stack, { items: ITEMS });
  const { stream, written } = terminal();
  const command = `$ tierferry migrate ${chosen.tenantId} --to ${TO_TIER} --watch\n`;
  const shots: Screenshot[] = [];
  const live = new LiveDisplay(stream);
  const startedAt = performance.now();
  const takeScreenshot = async (): Promise<void> => {
    await sleep(DRAWN_MS);
    const at = formatDuration(performance.now() - startedAt);
    shots.push({ caption: `during the copy, after ${at}`, written: command + written() });
  };
  let first: Promise<void> | undefined;
  const display: Display = {
    show: (progress) => {
      live.show(progress);
      const { copied, total } = progress.items;
      if (total > 0 && copied / total >= FIRST_SHOT && copied < total) first ??= takeScreenshot();
    },
    note: (text) => live.note(text),
    stop: () => live.stop(),
  };
  const { migrationId } = await requestMigration(stack.ports, {
    tenantId: chosen.tenantId,
    toTier: TO_TIER,
    requestedBy: 'picture',
    reason: 'a picture for the docs',
  });
  const { migration } = await watch(stack.ports, migrationId, display, new AbortController().signal);
  await first;
  if (shots.length === 0) throw new Error('the copy was too fast for a shot; set a larger ITEMS');
  if (migration.status !== 'completed') throw new Error(renderOutcome(migration).join(' '));
  shots.push({
    caption: `at the end, after ${formatDuration(performance.now() - startedAt)}`,
    written: `${command}${written()}\n${renderOutcome(migration).join('\n')}\n`,
  });
  writeFileSync(FILE, drawTerminal('tierferry migrate --watch, during the copy and at the end', shots));
} finally {
  await stack.stop();
}
