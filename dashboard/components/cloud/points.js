// The points on a canvas: WebGL where there is one, which moves them on the graphics card, else a 2-D canvas.

import { onScreen, placeAt } from "./geometry.js";

const FADED = 0.08; // of the digits that are not looked at
const VERTEX = `
attribute vec2 here, there;
attribute float digit;
uniform float part, size, only, alpha;
uniform vec2 stretch, centre;
uniform vec3 colours[10];
varying vec4 colour;
void main() {
  gl_Position = vec4((mix(here, there, part) - centre) * stretch, 0.0, 1.0);
  gl_PointSize = size;
  float seen = only < 0.0 || abs(only - digit) < 0.5 ? alpha : ${FADED};
  colour = vec4(colours[int(digit + 0.5)], seen);
}`;
const FRAGMENT = `
precision mediump float;
varying vec4 colour;
void main() {
  float ink = colour.a * (1.0 - smoothstep(0.36, 0.5, length(gl_PointCoord - 0.5)));
  gl_FragColor = vec4(colour.rgb * ink, ink);
}`;

// A renderer's draw({ row, view, ratio, colours, only }): colours are ten [r, g, b], only a digit or null.
export function rendererOf(canvas, cloud) {
  const gl = canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: false });
  return gl ? new Shader(gl, cloud) : new Brush(canvas, cloud);
}

class Shader {
  constructor(gl, cloud) {
    Object.assign(this, { gl, cloud, kind: "webgl", uniforms: {} });
    const program = (this.program = gl.createProgram());
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    gl.useProgram(program);
    this.places = this.buffer(cloud.places);
    this.digits = this.buffer(cloud.digits);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  buffer(content) {
    const { gl } = this, made = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, made);
    gl.bufferData(gl.ARRAY_BUFFER, content, gl.STATIC_DRAW);
    return made;
  }

  attribute(name, buffer, size, kind, normalised, offset) {
    const { gl } = this, place = gl.getAttribLocation(this.program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, kind, normalised, 0, offset);
  }

  draw({ row, view, ratio, colours, only, size, alpha }) {
    const { gl, cloud } = this, { count, rows } = cloud;
    const low = Math.min(Math.floor(row), rows - 1), high = Math.min(low + 1, rows - 1);
    const uniform = (name) => (this.uniforms[name] ??= gl.getUniformLocation(this.program, name));
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    this.attribute("here", this.places, 2, gl.SHORT, true, 4 * low * count);
    this.attribute("there", this.places, 2, gl.SHORT, true, 4 * high * count);
    this.attribute("digit", this.digits, 1, gl.UNSIGNED_BYTE, false, 0);
    gl.uniform1f(uniform("part"), row - low);
    gl.uniform1f(uniform("size"), size * ratio);
    gl.uniform1f(uniform("only"), only ?? -1);
    gl.uniform1f(uniform("alpha"), alpha);
    gl.uniform2f(uniform("stretch"), (2 * view.scale) / view.width, (2 * view.scale) / view.height);
    gl.uniform2f(uniform("centre"), ...view.centre);
    gl.uniform3fv(uniform("colours"), colours.flat().map((part) => part / 255));
    gl.drawArrays(gl.POINTS, 0, count);
  }

  close() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

// Writes squares of pixels: ten thousand calls of a canvas would take longer than a frame.
class Brush {
  constructor(canvas, cloud) {
    Object.assign(this, { context: canvas.getContext("2d"), cloud, kind: "2d" });
  }

  draw({ row, view, ratio, colours, only, size, alpha }) {
    const { cloud } = this, { canvas } = this.context, { width, height } = canvas;
    const { image, pixels } = this.sheet(width, height);
    const side = Math.max(1, Math.round((size - 1) * ratio));
    const inks = colours.map((colour, digit) => packed(colour, only === null || only === digit ? alpha : FADED));
    pixels.fill(0);
    for (let k = 0; k < cloud.count; k++) {
      const [x, y] = onScreen(placeAt(cloud, k, row), view);
      const left = Math.round(x * ratio - side / 2), top = Math.round(y * ratio - side / 2);
      if (left < 0 || top < 0 || left + side > width || top + side > height) continue;
      const ink = inks[cloud.digits[k]];
      for (let line = top; line < top + side; line++) pixels.fill(ink, line * width + left, line * width + left + side);
    }
    this.context.putImageData(image, 0, 0);
  }

  sheet(width, height) {
    if (this.known?.image.width !== width || this.known.image.height !== height) {
      const image = new ImageData(width, height);
      this.known = { image, pixels: new Uint32Array(image.data.buffer) };
    }
    return this.known;
  }

  close() {}
}

// [r, g, b] and an opacity as little-endian RGBA.
const packed = ([r, g, b], alpha) => ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;
