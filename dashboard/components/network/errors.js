// What a person's mistake raises, as in core/errors.py: the message is the problem and its remedy.

export class DrawingError extends Error {
  name = "DrawingError";
}

export class WeightsError extends Error {
  name = "WeightsError";
}

export class ConfigError extends Error {
  name = "ConfigError";
}
