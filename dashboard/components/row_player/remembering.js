// Where the player stands, kept in the page's URL, and told to the page where it asked; never while playing.

const LINK_DELAY = 250; // milliseconds of rest before the URL is touched: browsers limit how often it may be
const REPORT_DELAY = 400;

export class Remembering {
  constructor(player) {
    this.player = player;
    this.linked = {}; // what the URL was given last
    this.timers = {};
  }

  dispose() {
    Object.values(this.timers).forEach(clearTimeout);
  }

  // What is drawn is in the page's address: a reload finds it again.
  receive({ link, digit }) {
    if (link && digit !== this.digit) setParameters({ digit: (this.digit = digit) });
  }

  remember() {
    const { options } = this.player.trace;
    if (options.link) this.later("link", LINK_DELAY, () => this.link());
    if (options.report_row) this.later("report", REPORT_DELAY, () => this.player.setStateValue("row", this.player.state.row));
  }

  // What is done to the network is told to the page when the hand has rested, as JSON; null: nothing.
  operated(surgery) {
    const { weights, report_surgery: reportSurgery } = this.player.message.options;
    if (!reportSurgery) return;
    const told = surgery && JSON.stringify({ ...surgery, weights });
    if (told === (this.told ?? null) && !this.timers.surgery) return;
    this.later("surgery", REPORT_DELAY, () => {
      this.timers.surgery = 0;
      if (told !== (this.told ?? null)) this.player.setStateValue("surgery", (this.told = told));
    });
  }

  later(name, milliseconds, act) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => this.player.playing || act(), milliseconds);
  }

  link() {
    const { row, layer, unit } = (this.linked = { ...this.player.state });
    const parameters = { row: row + 1, layer: layer === "all" ? "all" : layer + 1 };
    if (this.player.set.unit) parameters.unit = unit + 1;
    setParameters(parameters);
  }
}

// Into the page's URL, beside what it says already.
export function setParameters(parameters) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  history.replaceState(history.state, "", url);
}
