/**
 * Returns a function that makes a value at its first call. The first formatter of `Intl` in a page takes long to make, and must
 * not be made while the page's scripts are evaluated.
 */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
