/** Thrown by a function on this machine to say that its process has ended: out of memory, or a crash. */
export class ProcessExit extends Error {
  override readonly name = 'ProcessExit';
  /** As Lambda words it: `exit status 1`, or `signal: killed` if it ran out of memory. */
  readonly status: string;

  constructor(status = 'exit status 1') {
    super(`the process ended: ${status}`);
    this.status = status;
  }
}
