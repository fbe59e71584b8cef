// A canvas of the page's own: strokes of mouse, pen and finger, with undo and redo, and a faint sample while it is empty.
// It says what is drawn in the way of live_pen.js, so that the player hears it as it hears the dashboard's canvas.

import { node } from "../dom/node.js";
import { addPoint, brushPath } from "../live_pen/brush.js";

const GHOST = { opacity: 0.3, width: 24, scale: 0.82 }; // of the sample; the words under it need room

export class Sketch {
  // size: the canvas's side, canvas pixels. width: of the pen, likewise. settled(): a stroke, undo or clear is over.
  constructor({ size, width, settled }) {
    Object.assign(this, { size, width, settled, paths: [], undone: [], points: null, ghost: [], known: 0 });
    this.hear = () => {}; // the player's
    this.canvas = node("canvas", { class: "sketch", tabindex: 0, role: "img" });
    Object.assign(this.canvas, {
      onpointerdown: (event) => this.press(event),
      onpointermove: (event) => this.move(event),
      onpointerup: (event) => this.lift(event),
      onpointercancel: (event) => this.lift(event),
    });
  }

  // ---- as a LivePen

  know(paths) {
    this.known = paths.length;
  }

  get ahead() {
    return this.points !== null || this.paths.length !== this.known;
  }

  fade() {} // the sample is not painted under a stroke

  dispose() {}

  // ---- the pen

  press(event) {
    if (event.button !== 0 || this.points) return;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.points = [];
    addPoint(this.points, this.place(event));
    addPoint(this.points, this.place(event)); // as the dashboard's canvas does
    this.say(event);
  }

  move(event) {
    if (!this.points || event.pointerId !== this.pointer) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) addPoint(this.points, this.place(one));
    this.say(event);
  }

  lift(event) {
    if (!this.points || event.pointerId !== this.pointer) return;
    this.paths = this.drawn();
    [this.points, this.undone] = [null, []];
    this.change();
  }

  say(event) {
    this.paint();
    this.hear(this.drawn(), event);
  }

  drawn() {
    return this.points ? [...this.paths, brushPath(this.points, this.width)] : this.paths;
  }

  // Canvas pixels of a pointer event.
  place({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return [((clientX - left) * this.size) / width, ((clientY - top) * this.size) / height];
  }

  // ---- undo, redo, clear

  undo() {
    if (this.points || !this.paths.length) return;
    this.undone.push(this.paths.at(-1));
    this.paths = this.paths.slice(0, -1);
    this.change();
  }

  redo() {
    if (this.points || !this.undone.length) return;
    this.paths = [...this.paths, this.undone.pop()];
    this.change();
  }

  clear(ghost) {
    Object.assign(this, { paths: [], undone: [], points: null, ghost });
    this.change();
  }

  change() {
    this.paint();
    this.settled();
  }

  // ---- the picture

  paint() {
    const side = Math.round((this.canvas.clientWidth || this.size) * (window.devicePixelRatio || 1));
    Object.assign(this.canvas, { width: side, height: side });
    const context = this.canvas.getContext("2d");
    context.scale(side / this.size, side / this.size);
    Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: getComputedStyle(this.canvas).color });
    const paths = this.drawn();
    this.canvas.dataset.empty = paths.length === 0;
    if (paths.length) this.paintStrokes(context, paths);
    else this.paintGhost(context);
  }

  paintStrokes(context, paths) {
    context.lineWidth = this.width;
    const line = new Path2D();
    for (const path of paths) followPath(line, path);
    context.stroke(line);
  }

  paintGhost(context) {
    const middle = this.size / 2;
    context.translate(middle * (1 - GHOST.scale), 0.9 * middle * (1 - GHOST.scale));
    context.scale(GHOST.scale, GHOST.scale);
    Object.assign(context, { lineWidth: GHOST.width, globalAlpha: GHOST.opacity });
    const line = new Path2D(); // one for all: a faint stroke is no darker where it crosses another
    for (const stroke of this.ghost) stroke.forEach(([x, y], k) => line[k ? "lineTo" : "moveTo"](x, y));
    context.stroke(line);
  }
}

const COMMANDS = { M: "moveTo", L: "lineTo", Q: "quadraticCurveTo" };

function followPath(line, path) {
  for (const [name, ...numbers] of path) line[COMMANDS[name]](...numbers);
}
