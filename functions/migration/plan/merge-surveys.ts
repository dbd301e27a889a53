import type { Survey } from '../segment.ts';
import { EntityTypes } from './entity-types.ts';
import { UnmovableTally } from './unmovable-tally.ts';

export const EMPTY_SURVEY: Survey = {
  byEntityType: {},
  largestItemBytes: 0,
  tableWriteUnits: 0,
  indexWriteUnits: 0,
};

/** Returns the survey of two ranges together. */
export const mergeSurveys = (a: Survey, b: Survey): Survey => {
  const byEntityType = new EntityTypes();
  for (const side of [a, b]) {
    for (const [type, sums] of Object.entries(side.byEntityType)) byEntityType.add(type, sums);
  }
  const unmovable = new UnmovableTally();
  for (const found of [...(a.unmovable ?? []), ...(b.unmovable ?? [])]) unmovable.add(found);
  return {
    byEntityType: byEntityType.value(),
    largestItemBytes: Math.max(a.largestItemBytes, b.largestItemBytes),
    tableWriteUnits: a.tableWriteUnits + b.tableWriteUnits,
    indexWriteUnits: a.indexWriteUnits + b.indexWriteUnits,
    ...unmovable.value(),
    ...sumOf('sentinels', a, b),
    ...sumOf('uncounted', a, b),
  };
};

/** Returns a summed field; absent if the sum is 0, as in a survey of one range. */
const sumOf = (field: 'sentinels' | 'uncounted', a: Survey, b: Survey): Partial<Survey> => {
  const sum = (a[field] ?? 0) + (b[field] ?? 0);
  return sum === 0 ? {} : { [field]: sum };
};
