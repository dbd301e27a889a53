/** Thrown by an embedded function to simulate the end of its process: out of memory, or a crash. */
export class ProcessExit extends Error {
  override readonly name = 'ProcessExit';
  /** Exit status in Lambda's words: `exit status 1`, or `signal: killed` if it ran out of memory. */
  readonly status: string;

  constructor(status = 'exit status 1') {
    super(`the process ended: ${status}`);
    this.status = status;
  }
}
