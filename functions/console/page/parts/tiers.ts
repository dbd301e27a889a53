import type { Migration } from '../api/schema.ts';

/** Returns a tenant's source and target, in a few words. */
export const transferOf = ({ source, target }: Pick<Migration, 'source' | 'target'>): string =>
  source.tier === target.tier && source.placement === target.placement
    ? `within ${source.tier}`
    : `${source.tier} → ${target.tier}${target.placement === 'dedicated' ? ', dedicated' : ''}`;
