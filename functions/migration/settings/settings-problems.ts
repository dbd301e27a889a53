import { type Leases, leastFenceMs } from './fence-time.ts';

interface KeyAttribute {
  readonly name: string;
  readonly type: string;
}
interface Keys {
  readonly partitionKey: KeyAttribute;
  readonly sortKey?: KeyAttribute | undefined;
}

/** The settings that must be consistent with each other. */
interface CheckedSettings extends Leases {
  readonly prefix: string;
  readonly tiers: readonly {
    readonly name: string;
    readonly placement: string;
    readonly dedicatedOnRequest: boolean;
    readonly maxSchools?: number | undefined;
  }[];
  readonly tableDesign: {
    readonly indexes: readonly (Keys & { readonly name: string })[];
    readonly ttlAttribute?: string | undefined;
    readonly kmsKeyArn?: string | undefined;
  };
  readonly maxFenceMs: number;
}

/** A field that is inconsistent with the other settings, and why. */
export interface SettingsProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

/**
 * Finds problems that no single field shows: settings with which a migration would fail, never end, or reach another
 * tenant's table.
 * @param tableKeys the keys of every tier table.
 */
export const settingsProblems = (settings: CheckedSettings, tableKeys: Keys): SettingsProblem[] => [
  ...prefixProblems(settings),
  ...tierProblems(settings),
  ...nameProblems(tableKeys),
  ...indexProblems(settings, tableKeys),
  ...ttlProblems(settings, tableKeys),
  ...keyProblems(settings),
  ...fenceProblems(settings),
];

const problem = (path: (string | number)[], message: string): SettingsProblem => ({ path, message });

/**
 * Permissions name tier tables by `<prefix>-tenant-data-*`. The pattern must not match tables of another deployment.
 */
const prefixProblems = ({ prefix }: CheckedSettings): SettingsProblem[] => {
  const word = '-tenant-data-';
  return `${prefix}-`.includes(word)
    ? [
        problem(
          ['prefix'],
          `contains '${word}', so the permissions of a deployment with prefix '${prefix.slice(0, `${prefix}-`.indexOf(word))}' would include its tables`,
        ),
      ]
    : [];
};

const tierProblems = ({ tiers }: CheckedSettings): SettingsProblem[] =>
  tiers.flatMap(({ name, maxSchools = Number.POSITIVE_INFINITY }, n) => {
    const at = (field: string) => ['tiers', n, field];
    const found: SettingsProblem[] = [];
    if (tiers.slice(0, n).some((other) => other.name === name))
      found.push(problem(at('name'), `tier ${name} is listed twice`));
    for (const other of tiers) {
      const mayBeDedicated = other.placement === 'dedicated' || other.dedicatedOnRequest;
      if (mayBeDedicated && name.startsWith(`${other.name}-`)) {
        found.push(
          problem(
            at('name'),
            `the tables of tier ${name} would have the name of a dedicated table of tier ${other.name}, for a tenant '${name.slice(other.name.length + 1)}'; rename one of the two tiers`,
          ),
        );
      }
    }
    const before = tiers[n - 1];
    const limitBefore = before?.maxSchools ?? Number.POSITIVE_INFINITY;
    if (before && maxSchools < limitBefore) {
      found.push(
        problem(
          at('maxSchools'),
          `is ${maxSchools}, lower than that of tier ${before.name} before it (${before.maxSchools ?? 'no limit'}); tiers go from the lowest to the highest`,
        ),
      );
    }
    return found;
  });

const attributesOf = ({ partitionKey, sortKey }: Keys): KeyAttribute[] => [
  partitionKey,
  ...(sortKey ? [sortKey] : []),
];

const nameProblems = ({ partitionKey, sortKey }: Keys): SettingsProblem[] =>
  sortKey?.name === partitionKey.name
    ? [problem(['tableDesign', 'keys', 'sortKey'], `${sortKey.name} is the partition key already`)]
    : [];

/** [API reference, CreateTable: index names are unique in a table, an attribute is defined once] */
const indexProblems = ({ tableDesign: { indexes } }: CheckedSettings, tableKeys: Keys): SettingsProblem[] => {
  const types = new Map(attributesOf(tableKeys).map(({ name, type }) => [name, type]));
  return indexes.flatMap((index, n) => {
    const at = (...fields: string[]) => ['tableDesign', 'indexes', n, ...fields];
    const found: SettingsProblem[] = [];
    if (indexes.slice(0, n).some(({ name }) => name === index.name))
      found.push(problem(at('name'), `index ${index.name} is listed twice`));
    if (index.sortKey?.name === index.partitionKey.name)
      found.push(problem(at('sortKey'), `${index.sortKey.name} is the index's partition key already`));
    for (const field of ['partitionKey', 'sortKey'] as const) {
      const { name, type } = index[field] ?? {};
      if (name === undefined || type === undefined) continue;
      const known = types.get(name) ?? type;
      if (known !== type)
        found.push(
          problem(
            at(field, 'type'),
            `${name} is of type ${type} here and ${known} elsewhere; an attribute has one type in a table`,
          ),
        );
      types.set(name, known);
    }
    return found;
  });
};

/** Only a number expires an item, and a key of another type cannot contain a number. [Time to Live] */
const ttlProblems = (
  { tableDesign: { ttlAttribute, indexes } }: CheckedSettings,
  tableKeys: Keys,
): SettingsProblem[] => {
  const key = [tableKeys, ...indexes]
    .flatMap(attributesOf)
    .find(({ name, type }) => name === ttlAttribute && type !== 'N');
  return key
    ? [
        problem(
          ['tableDesign', 'ttlAttribute'],
          `${key.name} is a key of type ${key.type}, but only a number can be an expiry time`,
        ),
      ]
    : [];
};

const keyProblems = ({ tableDesign: { kmsKeyArn = '' } }: CheckedSettings): SettingsProblem[] =>
  /^(arn:[^/]*:)?alias\//.test(kmsKeyArn)
    ? [
        problem(
          ['tableDesign', 'kmsKeyArn'],
          'is an alias. DynamoDB reports the key itself (arn:...:key/...), so no table would ever match the design',
        ),
      ]
    : [];

const fenceProblems = (settings: CheckedSettings): SettingsProblem[] => {
  const least = leastFenceMs(settings);
  return settings.maxFenceMs < least
    ? [
        problem(
          ['maxFenceMs'],
          `is ${settings.maxFenceMs}, but a fence needs at least ${least}: the shorter of leaseMs and cutoverLeaseMs, leaseGraceMs, and time to apply, compare and flip`,
        ),
      ]
    : [];
};
