/** The package has no types of its own. */
declare module 'asl-validator' {
  const validate: (
    definition: unknown,
    options?: { readonly checkArn?: boolean; readonly checkPaths?: boolean },
  ) => { readonly isValid: boolean; readonly errorsText: (separator?: string) => string };
  export default validate;
}
