// Steps at an even pace, one animation frame after the other.

export class Playing {
  // step(): goes one on, and says whether there is more. rate(): steps a second. changed(): it runs now, or stands.
  constructor({ step, rate, changed }) {
    Object.assign(this, { step, rate, changed, frame: 0 });
  }

  get running() {
    return this.frame !== 0;
  }

  start() {
    this.stop();
    const wait = () => 1000 / this.rate();
    let due = performance.now() + wait();
    const tick = (now) => {
      if (now >= due) {
        if (!this.step()) return this.stop();
        due = Math.max(due, now - wait()) + wait(); // no rush to catch up after a hidden tab
      }
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    this.changed();
  }

  stop() {
    if (!this.running) return;
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.changed();
  }
}
