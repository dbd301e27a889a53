/** Returns an object with some methods replaced. The others run on the object itself, which may have private fields. */
export const overridden = <T extends object>(target: T, methods: Partial<T>): T =>
  new Proxy(target, {
    get(_, property) {
      if (Object.hasOwn(methods, property)) return Reflect.get(methods, property);
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
