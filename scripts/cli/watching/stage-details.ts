import { formatDuration } from '../../../functions/migration/format-duration.ts';
import type { Stage } from '../../../functions/migration/migration.ts';
import type { Progress } from '../../../functions/migration/operator/progress.ts';
import { formatCount, formatCounted, formatTime } from '../render/figures.ts';
import type { StageState } from './stage-state.ts';

/** Returns the details shown beside a stage. In a terminal of 80 columns, 36 characters fit. */
export const stageDetail = (stage: Stage, state: StageState, progress: Progress, now: number): string => {
  if (state === 'pending') return '';
  if (state === 'stopped') return 'stopped';
  if (state === 'held') return 'held; changes are applied meanwhile';
  if (state !== 'done') return running[stage](progress, now);
  const { startedAt, endedAt } = progress.migration.stages[stage] ?? {};
  const durationText =
    startedAt === undefined || endedAt === undefined ? [] : [formatDuration(endedAt - startedAt)];
  return [...results[stage](progress), ...durationText].join(', ');
};

/** Renders a count, at most the total: a segment that is copied again counts its items again. */
const itemsText = (done: number, total: number): string =>
  `${formatCount(Math.min(done, total))} of ${formatCounted(total, 'item')}`;
const segmentsText = (done: number, total: number): string =>
  `${formatCount(done)} of ${formatCounted(total, 'segment')}`;

const running: Readonly<Record<Stage, (progress: Progress, now: number) => string>> = {
  provision: ({ migration, items, segments }) => {
    if (migration.status === 'provisioning') return 'preparing the target table';
    if (segments.surveyed === 0) return `${formatCounted(items.total, 'item')} counted`;
    return `${itemsText(items.surveyed, items.total)} surveyed`;
  },
  copy: ({ migration, items, segments }) => {
    if (migration.stages.copy?.endedAt === undefined) return itemsText(items.copied, items.total);
    if (segments.compared === 0) return 'copied, applying changes';
    return segments.compared < segments.total
      ? `comparing, ${segmentsText(segments.compared, segments.total)}`
      : 'compared, checking indexes';
  },
  registry: () => 'pending until the flip',
  flip: ({ migration }, now) => {
    if (migration.status === 'cuttingOver')
      return `writes fenced for ${formatDuration(now - (migration.fencedAt ?? now))}`;
    if (migration.status === 'holding') return 'flipped, confirming the registry';
    return now < (migration.longLeasesOutAt ?? 0) ? 'applying until long leases run out' : 'applying changes';
  },
  cleanUp: ({ migration, items, segments }, now) => {
    if (migration.status === 'cleaningUp')
      return migration.source.placement === 'dedicated'
        ? 'removing the source table'
        : `${itemsText(items.cleaned, items.total)} removed`;
    if (segments.verified < segments.total)
      return `comparing, ${segmentsText(segments.verified, segments.total)}`;
    const holdEnds = (migration.flippedAt ?? now) + migration.holdMs;
    return holdEnds > now ? `kept until ${formatTime(holdEnds)}` : 'comparing the kept source';
  },
};

const results: Readonly<Record<Stage, (progress: Progress) => string[]>> = {
  provision: ({ items, segments }) => [
    `${formatCounted(items.total, 'item')} in ${formatCounted(segments.total, 'segment')}`,
  ],
  copy: ({ itemsCopied }) => [`${formatCounted(itemsCopied, 'item')} copied`],
  registry: () => [],
  flip: ({ migration: { fences } }) =>
    fences?.forwardMs === undefined ? [] : [`fenced for ${formatDuration(fences.forwardMs)}`],
  cleanUp: ({ items }) => [
    items.cleaned > 0 ? `${formatCounted(items.cleaned, 'item')} removed` : 'source removed',
  ],
};
