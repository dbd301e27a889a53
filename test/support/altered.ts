/** Returns a port with some of its methods replaced. Works for fakes too, whose methods are on a class. */
export const altered = <Port extends object>(port: Port, replaced: Partial<Port>): Port =>
  new Proxy(port, {
    get(target, name) {
      const own: unknown = Reflect.get(replaced, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
