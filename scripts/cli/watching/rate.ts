/** Items a second over the last few seconds, and the time left at that pace. */
export class Rate {
  private samples: { readonly at: number; readonly done: number }[] = [];
  private readonly windowMs: number;

  constructor(windowMs = 5_000) {
    this.windowMs = windowMs;
  }

  /** @param at monotonic ms. Work that goes backwards (a stage that begins, a retry) begins a new window. */
  sample(done: number, at: number): void {
    if (done < (this.samples.at(-1)?.done ?? 0)) this.samples = [];
    this.samples.push({ at, done });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= this.windowMs) this.samples.shift();
  }

  /** Undefined until there is something to tell. */
  perSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.at - first.at < 200 || last.done === first.done) return undefined;
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }

  /** ms until `left` more are done; undefined while nothing moves. */
  timeLeft(left: number): number | undefined {
    const pace = this.perSecond();
    return pace === undefined ? undefined : (left / pace) * 1_000;
  }
}
