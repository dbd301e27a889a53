import { counted } from '../counted.ts';
import { LOST_ATTRIBUTE } from '../items/unmovable.ts';
import type { Survey, UnmovableItems } from '../segment.ts';
import type { TableDesign } from '../settings/settings.ts';
import { indexedAttributes } from './index-key-problems.ts';
import type { PlanFinding } from './plan.ts';

/** Finds items that cannot be moved as they are, and a count that reading does not confirm. */
export const itemFindings = (survey: Survey, design: TableDesign): PlanFinding[] => [
  ...(survey.unmovable ?? []).map((found) => unmovableFinding(found, design)),
  ...countFindings(survey),
];

const unmovableFinding = (found: UnmovableItems, design: TableDesign): PlanFinding => ({
  level: 'blocker',
  code: found.kind,
  ...wordsOf(found, design),
  items: found.items,
  keys: found.keys,
});

const wordsOf = (
  { kind, attribute = '', items }: UnmovableItems,
  design: TableDesign,
): Pick<PlanFinding, 'message' | 'remedy'> => {
  const have = counted(items, 'item has', 'items have');
  const them = items === 1 ? 'it' : 'them';
  const indexed = indexedAttributes(design).find(({ name }) => name === attribute);
  const of = `a key of index ${indexed?.indexes.join(', ') ?? '(none)'}`;
  const correct = `Correct the attribute of each, or remove it: an item without it is not in the index`;
  switch (kind) {
    case 'index-key-type':
      return {
        message: `${have} an attribute ${attribute} that is not of type ${indexed?.type}: ${of}, so the target rejects ${them}`,
        remedy: correct,
      };
    case 'index-key-empty':
      return {
        message: `${have} an empty attribute ${attribute}: ${of}, so the target rejects ${them}`,
        remedy: correct,
      };
    case 'index-key-long':
      return {
        message: `${have} an attribute ${attribute} of more than ${indexed?.maxBytes} bytes: ${of}, so the target rejects ${them}`,
        remedy: correct,
      };
    case 'reserved-key':
      return {
        message: `${have} a sort key that contains the marker of Tierferry's sentinels; changes of such keys are not captured`,
        remedy: 'Put each under a key without the marker, and delete it under this one',
      };
    case 'lost-attribute':
      return {
        message: `${have} a top-level attribute named ${LOST_ATTRIBUTE}, which the AWS SDK for JavaScript loses when it reads ${them}`,
        remedy: 'Rename the attribute of each, with the AWS CLI or an SDK of another language',
      };
  }
};

const countFindings = ({ uncounted = 0 }: Survey): PlanFinding[] => {
  if (uncounted === 0) return [];
  const differ = Math.abs(uncounted);
  const more = uncounted > 0 ? 'fewer' : 'more';
  return [
    {
      level: 'blocker',
      code: 'count-differs',
      message: `${counted(differ, `${more} item was`, `${more} items were`)} read than counted, by each of several readings in the same key range`,
      remedy: 'Plan again. If the finding remains, do not migrate the tenant, and report it',
    },
  ];
};
