// Hears the pen on the canvas while it is down. The canvas (streamlit-drawable-canvas) speaks 0.2 s after the pen is
// lifted; its mouse and touch events can be heard in the page, for its shadow root is open.

import { addPoint, brushPath } from "./brush.js";

const HOST = "[data-testid=stBidiComponentIsolated]"; // Streamlit's, around an element in a shadow root
const SURFACE = "canvas.upper-canvas"; // fabric's, which takes the pen
const PICTURE = ".dc-background-canvas"; // the canvas's own background

export class LivePen {
  // container: selector of the box that holds the canvas. size: its side in canvas pixels. width: of the pen, likewise.
  // hear(paths, event): at every movement, with the canvas's finished paths and the one in the making, as commands.
  constructor({ container, size, width, hear }) {
    Object.assign(this, { container, size, width, hear, known: [], fresh: [], points: null });
    this.listeners = {
      mousedown: (event) => event.button === 0 && this.press(event, event),
      mousemove: (event) => this.move(event, event),
      mouseup: (event) => this.lift(event),
      touchstart: (event) => this.press(event, event.changedTouches[0]),
      touchmove: (event) => this.move(event, event.changedTouches[0]),
      touchend: (event) => this.lift(event),
    };
    for (const [name, listener] of Object.entries(this.listeners)) document.addEventListener(name, listener, true);
  }

  dispose() {
    for (const [name, listener] of Object.entries(this.listeners)) document.removeEventListener(name, listener, true);
  }

  // What the server knows to be on the canvas. Strokes that it has not heard of yet stay, but where it has put other
  // paths there itself (anew): then they are gone.
  know(paths, anew) {
    const unheard = Math.max(0, this.known.length + this.fresh.length - paths.length);
    this.fresh = anew ? [] : this.fresh.slice(this.fresh.length - unheard);
    this.known = paths;
  }

  // Whether more is drawn than the server knows of.
  get ahead() {
    return this.points !== null || this.fresh.length > 0;
  }

  // Hides the sample behind the canvas, or shows it again: it goes with the first touch.
  fade(hidden) {
    for (const host of document.querySelectorAll(`${this.container} ${HOST}`)) {
      const picture = host.shadowRoot?.querySelector(PICTURE);
      if (picture) picture.style.opacity = hidden ? 0 : 1;
    }
  }

  press(event, pointer) {
    const [surface] = event.composedPath();
    if (!surface?.matches?.(SURFACE) || !surface.getRootNode().host?.closest(this.container)) return;
    this.surface = surface;
    this.points = [];
    addPoint(this.points, this.place(pointer));
    addPoint(this.points, this.place(pointer)); // the canvas takes the first point twice
    this.say(event);
  }

  move(event, pointer) {
    if (!this.points) return;
    addPoint(this.points, this.place(pointer));
    this.say(event);
  }

  lift(event) {
    if (!this.points) return;
    this.fresh.push(brushPath(this.points, this.width));
    this.points = null;
    this.hear([...this.known, ...this.fresh], event);
  }

  say(event) {
    this.hear([...this.known, ...this.fresh, brushPath(this.points, this.width)], event);
  }

  // Canvas pixels of a mouse event or touch.
  place({ clientX, clientY }) {
    const { left, top, width, height } = this.surface.getBoundingClientRect();
    return [((clientX - left) * this.size) / width, ((clientY - top) * this.size) / height];
  }
}
