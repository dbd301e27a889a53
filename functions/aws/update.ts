/** An update expression built from fields, so that adapters need not list names and values twice. */
export interface UpdateInput {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
  readonly ConditionExpression?: string;
}

export interface UpdateChanges {
  /** `undefined` removes a field. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, number>>;
  /** Fields that are set only if they are absent. */
  readonly once?: Readonly<Record<string, unknown>>;
  /** A condition that uses `#name` for the names and `:name` for the values in `names` and `values`. */
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Builds an update. A field's name may be a path, such as `stages.copy.endedAt`. */
export const updateOf = ({
  set = {},
  add = {},
  once = {},
  condition,
  names = {},
  values = {},
}: UpdateChanges): UpdateInput => {
  const attributeNames: Record<string, string> = { ...names };
  const attributeValues: Record<string, unknown> = { ...values };
  const path = (field: string) =>
    field
      .split('.')
      .map((part) => {
        attributeNames[`#${part}`] = part;
        return `#${part}`;
      })
      .join('.');
  const value = (field: string, given: unknown) => {
    const name = `:set_${field.replaceAll('.', '_')}`;
    attributeValues[name] = given;
    return name;
  };
  const sets = [
    ...Object.entries(set)
      .filter(([, given]) => given !== undefined)
      .map(([field, given]) => `${path(field)} = ${value(field, given)}`),
    ...Object.entries(once).map(
      ([field, given]) => `${path(field)} = if_not_exists(${path(field)}, ${value(field, given)})`,
    ),
  ];
  const removes = Object.entries(set).flatMap(([field, given]) => (given === undefined ? [path(field)] : []));
  const adds = Object.entries(add).map(([field, given]) => `${path(field)} ${value(field, given)}`);
  return {
    UpdateExpression: [
      ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
      ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
      ...(adds.length > 0 ? [`ADD ${adds.join(', ')}`] : []),
    ].join(' '),
    ExpressionAttributeNames: attributeNames,
    // an empty map is refused
    ExpressionAttributeValues: Object.keys(attributeValues).length > 0 ? attributeValues : undefined,
    ConditionExpression: condition,
  };
};
