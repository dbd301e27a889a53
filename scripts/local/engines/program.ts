/** How to run an engine on one port. */
export interface EngineProgram {
  readonly name: EngineName;
  readonly version: string;
  /** What whoever starts it should know. */
  readonly notices: readonly string[];
  command(port: number): { readonly program: string; readonly args: readonly string[] };
}

export type EngineName = 'dynamodb-local' | 'dynoxide';
