/** The command that runs an engine on one port. */
export interface EngineProgram {
  readonly name: EngineName;
  readonly version: string;
  /** Messages for the user who starts it. */
  readonly warnings: readonly string[];
  command(port: number): { readonly program: string; readonly args: readonly string[] };
}

export type EngineName = 'dynamodb-local' | 'dynoxide';
