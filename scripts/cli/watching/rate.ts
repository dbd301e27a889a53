/** A pace seen for less than this, in ms, is no pace yet: the first items of a stage wait for its start. */
const SEEN_MS = 1_000;

/** Items a second over the last few seconds, and the time left at that pace. */
export class Rate {
  private samples: { readonly at: number; readonly done: number }[] = [];
  private readonly windowMs: number;

  constructor(windowMs = 5_000) {
    this.windowMs = windowMs;
  }

  /** @param at monotonic ms. Work that has not begun, or goes backwards (a retry), begins a new window. */
  sample(done: number, at: number): void {
    if (done === 0 || done < (this.samples.at(-1)?.done ?? 0)) this.samples = [];
    this.samples.push({ at, done });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= this.windowMs) this.samples.shift();
  }

  /** Undefined until there is something to tell. */
  perSecond(): number | undefined {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.at - first.at < 200 || last.done === first.done) return undefined;
    return ((last.done - first.done) * 1_000) / (last.at - first.at);
  }

  /** ms until `left` more are done; undefined while nothing moves, or too little was seen to tell. */
  timeLeft(left: number): number | undefined {
    const pace = this.perSecond();
    const seen = (this.samples.at(-1)?.at ?? 0) - (this.samples[0]?.at ?? 0);
    return pace === undefined || seen < SEEN_MS ? undefined : (left / pace) * 1_000;
  }
}
