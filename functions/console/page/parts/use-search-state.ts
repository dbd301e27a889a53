import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';

/**
 * Filters that are part of the address, so that each state of a view is a link. A filter with its default is omitted.
 * @param defaults each filter with its value if the address has none; the same object for each call.
 */
export const useSearchState = <Filters extends Readonly<Record<string, string>>>(
  defaults: Filters,
): readonly [Filters, (change: Partial<Filters>) => void] => {
  const [params, setParams] = useSearchParams();
  const filters = useMemo(
    () =>
      // each value is text, as in `defaults`
      Object.fromEntries(
        Object.entries(defaults).map(([name, value]) => [name, params.get(name) ?? value]),
      ) as Filters,
    [defaults, params],
  );
  const change = useCallback(
    (next: Partial<Filters>) =>
      setParams(
        (before) => {
          for (const [name, value] of Object.entries(next)) {
            if (value === undefined || value === defaults[name]) before.delete(name);
            else before.set(name, value);
          }
          return before;
        },
        // typing into a search must not fill the browser's history
        { replace: true },
      ),
    [defaults, setParams],
  );
  return [filters, change];
};
