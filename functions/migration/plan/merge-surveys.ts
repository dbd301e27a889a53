import type { Survey } from '../segment.ts';
import { EntityTypes } from './entity-types.ts';

export const EMPTY_SURVEY: Survey = {
  byEntityType: {},
  largestItemBytes: 0,
  tableWriteUnits: 0,
  indexWriteUnits: 0,
};

/** The survey of two ranges together. */
export const mergeSurveys = (a: Survey, b: Survey): Survey => {
  const byEntityType = new EntityTypes();
  for (const side of [a, b]) {
    for (const [type, sums] of Object.entries(side.byEntityType)) byEntityType.add(type, sums);
  }
  return {
    byEntityType: byEntityType.value(),
    largestItemBytes: Math.max(a.largestItemBytes, b.largestItemBytes),
    tableWriteUnits: a.tableWriteUnits + b.tableWriteUnits,
    indexWriteUnits: a.indexWriteUnits + b.indexWriteUnits,
  };
};
