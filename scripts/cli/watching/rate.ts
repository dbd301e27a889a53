/** Time in ms after which a rate may predict the time left: a stage's first items include the time of its start. */
const LEAST_WINDOW_MS = 3_000;

/** Measures items per second over the last seconds, and the time left at that rate. */
export class Rate {
  private samples: { readonly at: number; readonly done: number }[] = [];
  private readonly windowMs: number;

  /** @param windowMs long enough for several pages of a slow table, whose items are counted page by page. */
  constructor(windowMs = 15_000) {
    this.windowMs = windowMs;
  }

  /** Adds a sample. Work that has not begun, or that goes backwards (a retry), starts a new window. @param at monotonic ms */
  sample(done: number, at: number): void {
    if (done === 0 || done < (this.samples.at(-1)?.done ?? 0)) this.samples = [];
    this.samples.push({ at, done });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= this.windowMs) this.samples.shift();
  }

  /** Returns items per second; undefined until there is progress to measure. */
  perSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.at - first.at < 200 || last.done === first.done) return undefined;
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }

  /** Returns the ms until `left` more items are done; undefined without progress, or if too little time was measured. */
  timeLeft(left: number): number | undefined {
    const perSecond = this.perSecond();
    const samplesInWindow = (this.samples.at(-1)?.at ?? 0) - (this.samples[0]?.at ?? 0);
    return perSecond === undefined || samplesInWindow < LEAST_WINDOW_MS
      ? undefined
      : (left / perSecond) * 1_000;
  }
}
