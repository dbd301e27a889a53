import type { Plan } from '../../api/schema.ts';

type Body = Plan['plan'];
export type Finding = Body['findings'][number];

/** One entity type's part of a tenant's data. */
export interface EntityShare {
  readonly type: string;
  readonly items: number;
  readonly bytes: number;
  /** As a share of the largest type, for the length of a bar. */
  readonly itemsShare: number;
  readonly bytesShare: number;
}

/** Returns the entity types, those with the most bytes first. */
export const entityShares = ({ byEntityType }: Body['survey']): readonly EntityShare[] => {
  const types = Object.entries(byEntityType);
  const mostItems = Math.max(1, ...types.map(([, { items }]) => items));
  const mostBytes = Math.max(1, ...types.map(([, { bytes }]) => bytes));
  return types
    .map(([type, { items, bytes }]) => ({
      ...{ type, items, bytes },
      ...{ itemsShare: items / mostItems, bytesShare: bytes / mostBytes },
    }))
    .toSorted((a, b) => b.bytes - a.bytes || a.type.localeCompare(b.type));
};

const COST_LABELS: Readonly<Record<string, string>> = {
  reads: 'Reads',
  writes: 'Writes',
  stepFunctions: 'Step Functions',
  lambda: 'Lambda',
  streams: 'Stream handlers',
};

/** Returns the parts of the cost, the largest first, without their total. */
export const costParts = ({
  usd,
}: Body['estimate']): readonly { readonly label: string; readonly usd: number }[] =>
  Object.entries(usd)
    .filter(([name]) => name !== 'total')
    .map(([name, amount]) => ({ label: COST_LABELS[name] ?? name, usd: amount }))
    .toSorted((a, b) => b.usd - a.usd);

/** Returns the cost in USD. */
export const totalCost = (estimate: Body['estimate']): number =>
  estimate.usd.total ?? costParts(estimate).reduce((sum, { usd }) => sum + usd, 0);

/** Returns the findings, blockers first. */
export const findingsInOrder = ({ findings }: Pick<Body, 'findings'>): readonly Finding[] => [
  ...findings.filter(({ level }) => level === 'blocker'),
  ...findings.filter(({ level }) => level === 'warning'),
];
