/** The same port with some of its methods replaced; works for fakes, whose methods are those of a class. */
export const altered = <Port extends object>(port: Port, replaced: Partial<Port>): Port =>
  new Proxy(port, {
    get(target, name) {
      const own: unknown = Reflect.get(replaced, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
