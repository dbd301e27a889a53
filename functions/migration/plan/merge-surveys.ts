import type { Survey } from '../segment.ts';

export const EMPTY_SURVEY: Survey = {
  byEntityType: {},
  largestItemBytes: 0,
  tableWriteUnits: 0,
  indexWriteUnits: 0,
};

/** The survey of two ranges together. */
export const mergeSurveys = (a: Survey, b: Survey): Survey => {
  const byEntityType: Record<string, { items: number; bytes: number }> = { ...a.byEntityType };
  for (const [type, { items, bytes }] of Object.entries(b.byEntityType)) {
    const sum = byEntityType[type] ?? { items: 0, bytes: 0 };
    byEntityType[type] = { items: sum.items + items, bytes: sum.bytes + bytes };
  }
  return {
    byEntityType,
    largestItemBytes: Math.max(a.largestItemBytes, b.largestItemBytes),
    tableWriteUnits: a.tableWriteUnits + b.tableWriteUnits,
    indexWriteUnits: a.indexWriteUnits + b.indexWriteUnits,
  };
};
