/** Returns a function that returns the protocol without the named rules. */
export const withoutRules =
  <Rule extends string>(rules: Readonly<Record<Rule, boolean>>) =>
  (...names: readonly Rule[]): Readonly<Record<Rule, boolean>> => ({
    ...rules,
    ...Object.fromEntries(names.map((name) => [name, false])),
  });
